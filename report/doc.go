// Package report lays out what was found. Build computes one Report from the
// fleet, the ledger and the findings; a Format writes it and computes nothing.
// Explain writes everything behind one finding.
//
// Names and reasons come from clusters, whose users may be hostile: every text
// goes through Plain, which writes out what does not print, and in Markdown
// through code, in which nothing works. An amount that is not known is written
// as "unknown", never as £0.00.
//
// How to add a format: write one file with a function like writeTable and add a
// line to Formats. The conformance test then holds it to what every format must
// show: totals, gaps, notes and provenance. Golden files under testdata show the
// whole outputs; go test ./report -update renews them.
package report
