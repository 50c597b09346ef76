// Package pulltest holds what every forge's adapter must do: Conformance is one
// suite that each passes with one call. It runs against a Server, a small forge in
// memory that speaks an API through a Face, and that can be made to refuse, to
// break off and to answer nonsense at any request.
//
// How to add a forge: write a Face for its API, as its documentation and its
// answers have it, and call Conformance in the adapter's test.
package pulltest
