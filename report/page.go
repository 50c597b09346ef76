package report

import (
	"cmp"
	"fmt"
	"strings"
)

const (
	defaultWidth = 120
	leastWidth   = 40 // narrower views are laid out as this
)

// styler colours text, or does not.
type styler struct{ on bool }

func (s styler) bold(t string) string   { return s.sgr("1", t) }
func (s styler) yellow(t string) string { return s.sgr("33", t) }

func (s styler) sgr(code, t string) string {
	if !s.on || t == "" {
		return t
	}
	return "\x1b[" + code + "m" + t + "\x1b[0m"
}

// page is a text being laid out.
type page struct {
	strings.Builder
	width int
	style styler
}

func newPage(v View) *page {
	return &page{width: max(leastWidth, cmp.Or(v.Width, defaultWidth)), style: styler{v.Colour}}
}

// heading begins a section.
func (p *page) heading(s string) {
	p.WriteByte('\n')
	p.text(s, "", p.style.bold)
}

// text writes s, wrapped, each line through paint.
func (p *page) text(s, indent string, paint func(string) string) {
	for _, line := range wrap(s, p.width, indent) {
		p.WriteString(paint(line) + "\n")
	}
}

// item writes s after mark, wrapped and indented by its width.
func (p *page) item(mark, s string, paint func(string) string) {
	for _, line := range wrap(s, p.width-width(mark), "") {
		p.WriteString(paint(mark+line) + "\n")
		mark = strings.Repeat(" ", width(mark))
	}
}

func same(s string) string { return s }

// facts writes names and values in two columns.
func (p *page) facts(all []fact) {
	wide := 0
	for _, f := range all {
		wide = max(wide, width(f.Name))
	}
	last := ""
	for _, f := range all {
		label := f.Name
		if label == last {
			label = "" // said on the line above
		}
		last = f.Name
		indent := strings.Repeat(" ", wide+4)
		lines := wrap(f.Value, max(p.width-len(indent), 20), "")
		fmt.Fprintf(p, "  %s%s  %s\n", label, strings.Repeat(" ", wide-width(label)), lines[0])
		for _, l := range lines[1:] {
			p.WriteString(indent + l + "\n")
		}
	}
}
