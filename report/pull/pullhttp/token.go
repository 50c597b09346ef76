package pullhttp

// unsent is why a request never left: the forge has no part in it.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }
