// Package process renders charts in a process of its own. A chart that is made to
// exhaust whoever renders it, or is unlucky enough to, then ends that process, and
// costs its caller an error.
//
// The process is the caller's own program, started anew with a command that calls
// Serve. It is bounded:
//
//   - by time: it is killed when the context of a call ends, and gives up by itself a
//     rendering that takes longer than the chart package's bound;
//   - by memory: on Linux the kernel refuses it more than MaxMemory; elsewhere Go's
//     collector works harder from three quarters of it on, and nothing but the bound on
//     time stops it;
//   - by output: what it answers is read up to the bound on an answer, whatever it says.
//
// It gets the chart's files and the values by its standard input, and inherits no
// environment and no open file. Nothing that it runs opens a connection or a file: the
// chart package sees to that, and the kernel isn't asked to hold it.
//
// It lives for many calls, one at a time, and a new one is started after one that
// ended. A chart that ended one by itself is not tried again.
//
//   - process.go: the caller's side;
//   - serve.go: the process itself; limit_linux.go and limit_other.go: its memory;
//   - frame.go: what goes between them.
package process
