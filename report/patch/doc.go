// Package patch turns findings into changes of a Git working tree: Kustomize
// patches beside the kustomization that owns each object, proved by a build
// before and after. Make plans and writes nothing; Plan.Diff shows the plan and
// Plan.Apply writes it, all or nothing.
//
// A change is placed in these steps, each a file of this package:
//
//   - owner.go, source.go, argosource.go: which Flux Kustomization or Argo CD
//     Application applies the object, and which folder of the tree it builds;
//     pushed.go finds the folder that an artifact was pushed from;
//   - generate.go: the kustomization that Flux would generate where there is none;
//   - build.go: the folder's objects, as kustomize builds them, read through
//     tree.go, which never leaves the tree, never follows a link and never writes;
//   - refine.go, overridden.go, variable.go: what Git says of the object besides: to
//     leave it alone, a patch put on later, a variable that is set elsewhere;
//   - manifests.go, declared.go, account.go, unaccounted.go, foreign.go: the folders
//     that Git says are built for clusters that were not read, which stay;
//   - consensus.go: the bases that clusters agree on;
//   - near.go: what an earlier run set about as asked, which stays;
//   - home.go: which folder's kustomization lists the patch;
//   - field.go, owned.go: the patch file, one an object, which tuppence owns; ops.go,
//     flag.go: the operations where a list can't be merged, such as a container's args;
//     holder.go, inline.go: the patch within what applies an object whose manifests
//     are elsewhere; inplace.go, inplaceline.go: the value where it stands, in a plain folder;
//     values.go, argochart.go: the values of a chart that lies in the tree;
//   - edit.go: its entry in the kustomization, comments and style kept;
//   - prove.go: exactly the intended fields differ, here and wherever else the
//     folder is built; otherwise the finding is left out with the reason; judge.go
//     asks whoever else has a say;
//   - stale.go, staleinline.go, live.go, drop.go: patches of earlier runs that nothing
//     asks for any more, which go.
//
// How to add an owner (an Argo CD Application, a HelmRelease): give owners.find a
// case that returns the folder it builds, or the reason why that can't be told,
// and a fixture under testdata for each.
package patch
