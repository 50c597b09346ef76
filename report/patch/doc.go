// Package patch turns findings into changes of a Git working tree: Kustomize
// patches beside the kustomization that owns each object, proved by a build
// before and after. Make plans and writes nothing; Plan.Diff shows the plan and
// Plan.Apply writes it, all or nothing.
//
// A change is placed in these steps, each a file of this package:
//
//   - owner.go: which Flux Kustomization applies the object, and which folder of
//     the tree it builds;
//   - generate.go: the kustomization that Flux would generate where there is none;
//   - build.go: the folder's objects, as kustomize builds them, read through
//     tree.go, which never leaves the tree, never follows a link and never writes;
//   - field.go, owned.go: the patch file, one an object, which tuppence owns;
//   - edit.go: its entry in the kustomization, comments and style kept;
//   - prove.go: exactly the intended fields differ, here and wherever else the
//     folder is built; otherwise the finding is left out with the reason.
//
// How to add an owner (an Argo CD Application, a HelmRelease): give owners.find a
// case that returns the folder it builds, or the reason why that can't be told,
// and a fixture under testdata for each.
package patch
