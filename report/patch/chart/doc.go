// Package chart finds which Helm values set a field of a rendered object, and
// proves it by rendering with Helm's own engine. It reads a chart from a file
// system and nothing else: no cluster, no chart repository, no network.
//
// The steps, each a file of this package:
//
//   - open.go: the chart's files, bounded, links refused, packed subcharts unpacked;
//   - renderer.go: where it is rendered;
//   - values.go: value files merged as Helm merges them, and which of them sets a path;
//   - render.go: the objects that the chart renders, hooks and notes left out;
//   - funcs.go: template functions that would be random, read the clock or take
//     memory without bound, replaced by ones that do not;
//   - schema.go: the chart's schemas, held without fetching anything;
//   - candidate.go: the values that may set a field, likeliest first;
//   - find.go: the fewest of them that set exactly the wanted fields.
//
// Helm's engine can't be interrupted, and a chart made to exhaust it can still do so,
// by templates that include each other or by a file that it runs through tpl and
// that runs itself; who renders charts of strangers does it in a process of its own,
// by the package process.
//
// How to add a way in which charts name values: a case in candidate.go and a
// fixture under testdata. Whatever it proposes is proved by rendering, so a wrong
// guess costs time and never a wrong answer.
package chart
