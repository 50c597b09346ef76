package report

import (
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// part is one line of a cell: Cut may lose its middle to fit, Keep never does.
// With Break it goes on to a second line at its first space before it loses any.
type part struct {
	Cut, Keep string
	Break     bool
}

// cell is the lines of one cell.
type cell []part

func name(s string) cell { return cell{{Cut: Plain(s)}} }

func keep(lines ...string) cell {
	c := make(cell, len(lines))
	for i, l := range lines {
		c[i].Keep = l
	}
	return c
}

func (c cell) width() int {
	w := 0
	for _, p := range c {
		w = max(w, width(p.Cut)+width(p.Keep))
	}
	return w
}

// least is how narrow the cell may become: Keep stays whole beside the first and
// last letters of Cut, but of a Keep beyond reason, which a cluster wrote.
func (c cell) least() int {
	w := 0
	for _, p := range c {
		w = max(w, min(4, width(p.Cut))+min(width(p.Keep), keepWidth))
	}
	return w
}

// keepWidth is the longest Keep that keeps its column wide, as long as
// " 12345678901m → 12345678901m".
const keepWidth = 28

// text is the cell's lines, each in at most limit columns.
func (c cell) text(limit int) string {
	lines := make([]string, 0, len(c)+1)
	for _, p := range c {
		if head, tail, ok := strings.Cut(p.Cut, " "); p.Break && ok && width(p.Cut) > limit {
			lines = append(lines, fit(head, limit))
			p.Cut = tail
		}
		if room := limit - width(p.Keep); p.Cut == "" || room >= min(4, width(p.Cut)) {
			lines = append(lines, fit(p.Cut, room)+p.Keep)
		} else {
			lines = append(lines, fit(p.Cut+p.Keep, limit))
		}
	}
	return strings.Join(lines, "\n")
}

// column is a column of a grid.
type column struct {
	Title string // a line end splits it in two
	Right bool
	Least int // columns it may shrink to; 0: it does not shrink
}

// grid is a table before it is laid out.
type grid struct {
	Columns []column
	Rows    [][]cell
	Total   []cell // a row under a rule; nil for none
}

const gutter = 2 // spaces between columns

// widths are the columns' widths that fit total together, and whether there are
// any. The widest that may shrink gives way first.
func (g *grid) widths(total int) ([]int, bool) {
	w, least := make([]int, len(g.Columns)), make([]int, len(g.Columns))
	sum := gutter * (len(w) - 1)
	for i, c := range g.Columns {
		for line := range strings.SplitSeq(c.Title, "\n") {
			w[i] = max(w[i], width(line))
		}
		for _, row := range g.all() {
			w[i] = max(w[i], row[i].width())
			least[i] = max(least[i], c.Least, row[i].least())
		}
		sum += w[i]
	}
	for ; sum > total; sum-- {
		widest := -1
		for i, c := range g.Columns {
			if c.Least > 0 && w[i] > least[i] && (widest < 0 || w[i] > w[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return nil, false
		}
		w[widest]--
	}
	return w, true
}

func (g *grid) all() [][]cell {
	if g.Total == nil {
		return g.Rows
	}
	return append(slices.Clip(g.Rows), g.Total)
}

// write lays g out in at most total columns: as a table, or where even its
// narrowest form does not fit, one "title: value" a line.
func (g *grid) write(out *strings.Builder, total int, style styler) error {
	w, ok := g.widths(total)
	if !ok {
		g.writeTall(out, total)
		return nil
	}
	var titles []any
	var aligns []tw.Align
	for _, c := range g.Columns {
		titles = append(titles, c.Title)
		if c.Right {
			aligns = append(aligns, tw.AlignRight)
		} else {
			aligns = append(aligns, tw.AlignLeft)
		}
	}
	var b strings.Builder
	t := newTable(&b, aligns)
	t.Header(titles...)
	for _, row := range g.Rows {
		if err := t.Append(texts(row, w)...); err != nil {
			return err
		}
	}
	if g.Total != nil {
		t.Footer(texts(g.Total, w)...)
	}
	if err := t.Render(); err != nil {
		return err
	}
	head := true
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, " \n")
		if strings.HasPrefix(line, "─") {
			head = false
		}
		if head {
			line = style.bold(line)
		}
		out.WriteString(line + "\n")
	}
	return nil
}

func texts(row []cell, w []int) []any {
	t := make([]any, len(row))
	for i, c := range row {
		t[i] = c.text(w[i])
	}
	return t
}

// newTable is a tablewriter without frames that changes no text. Its measure of
// width is made independent of the locale, which it would take from the
// environment.
func newTable(w io.Writer, aligns []tw.Align) *tablewriter.Table {
	pads := slices.Repeat([]tw.Padding{{Right: strings.Repeat(" ", gutter), Overwrite: true}}, len(aligns))
	pads[len(pads)-1].Right = "" // rules, too, end with the last column
	cell := func() tw.CellConfig {
		return tw.CellConfig{
			Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
			Alignment:  tw.CellAlignment{PerColumn: aligns},
			Padding:    tw.CellPadding{Global: tw.Padding{Overwrite: true}, PerColumn: pads},
		}
	}
	return tablewriter.NewTable(w,
		tablewriter.WithConfig(tablewriter.Config{
			Header: cell(), Row: cell(), Footer: cell(),
			Behavior: tw.Behavior{TrimSpace: tw.Off},
		}),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On, ShowFooterLine: tw.On, ShowTop: tw.Off, ShowBottom: tw.Off},
			},
		})),
	)
}

// writeTall writes a line a cell, with an empty line between rows.
func (g *grid) writeTall(out *strings.Builder, total int) {
	for i, row := range g.all() {
		if i > 0 {
			out.WriteByte('\n')
		}
		for j, c := range row {
			var text strings.Builder
			for k, p := range c {
				switch {
				case k == 0:
				case strings.HasPrefix(p.Keep, "+ "): // the second line of an amount
					text.WriteByte(' ')
				default:
					text.WriteString(" · ")
				}
				text.WriteString(p.Cut + p.Keep)
			}
			if text.Len() == 0 {
				continue
			}
			title := strings.ReplaceAll(g.Columns[j].Title, "\n", " ")
			for _, line := range wrap(title+": "+text.String(), total, "  ") {
				out.WriteString(line + "\n")
			}
		}
	}
}
