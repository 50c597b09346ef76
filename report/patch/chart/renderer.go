package chart

import "context"

// Renderer renders charts: Here, or one that does it in a process of its own, which
// is the process package's. Its errors are one line, and name the chart's folder.
type Renderer interface {
	// Render is Chart.Render of the chart that the files are.
	Render(ctx context.Context, f *Files, r Release, values map[string]any) ([]map[string]any, error)
	// Find is Chart.Find of it.
	Find(ctx context.Context, f *Files, r Release, values map[string]any, want []Set) (*Answer, error)
}

// Here renders in this process, which a chart that is made for it can exhaust.
type Here struct{}

// Render is Chart.Render.
func (Here) Render(ctx context.Context, f *Files, r Release, values map[string]any) ([]map[string]any, error) {
	c, err := f.Chart()
	if err != nil {
		return nil, err
	}
	return c.Render(ctx, r, values)
}

// Find is Chart.Find.
func (Here) Find(ctx context.Context, f *Files, r Release, values map[string]any, want []Set) (*Answer, error) {
	c, err := f.Chart()
	if err != nil {
		return nil, err
	}
	return c.Find(ctx, r, values, want)
}
