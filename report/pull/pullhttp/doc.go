// Package pullhttp is what the adapters of the forges share: one HTTP client that
// brings the token, bounds and checks the answers, asks again where that is safe
// and turns a refusal into a *pull.Fault; and the rules that hold on every forge,
// such as looking before something is made a second time.
//
// How to add a forge: make a folder beside github, gitlab and gitea whose New
// takes Options, makes a Client and gives its HTTP to the forge's own SDK, with
// the SDK's retries and tokens off. Make what must not be there twice with Ensure,
// read lists with Pages, hand every request that was read to Check, and every
// error to Said. Then add the forge's kind to remote.go, a face of it to pulltest,
// and a test that calls pulltest.Conformance.
package pullhttp
