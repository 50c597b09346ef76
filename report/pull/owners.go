package pull

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"
)

// Fleet is the owner of what nobody owns.
const Fleet = "fleet"

// ownerFiles are the places of CODEOWNERS; the first that is there counts.
var ownerFiles = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS", ".gitea/CODEOWNERS"}

// Bounds on what is read. GitHub ignores a file of more than 3 MB.
const (
	maxOwnerFile = 3 << 20
	maxOwnerLine = 500
	maxOwnerRule = 5000
)

// Owners tells who owns a file, by CODEOWNERS. In a section of GitLab's, the last
// line that matches counts, as it does in a file without sections; a line without
// owners has the section's own. Each section has its say: a file that several
// cover belongs to the owners of all. That a section is optional, or wants several
// approvals, changes nothing of who owns it. A line that begins with "!" takes
// what matches out of its section.
type Owners struct {
	// File is where it was found, below the root; empty: there is none.
	File string
	// Skipped are the lines that can't be read, as "line 7: why". They own
	// nothing, as with the forges.
	Skipped []string

	sections []*ownerSection
}

type ownerSection struct {
	name     string // in lower case
	standard []string
	rules    []ownerRule
}

type ownerRule struct {
	pattern codeowners.Rule
	owners  []string
	exclude bool
}

// ReadOwners reads the CODEOWNERS file of the tree at root. No link is followed.
func ReadOwners(root string) (*Owners, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("read CODEOWNERS: %w", err)
	}
	defer dir.Close()
	for _, name := range ownerFiles {
		info, err := dir.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read CODEOWNERS: %w", err)
		}
		f, err := dir.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read CODEOWNERS: %w", err)
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxOwnerFile+1))
		if err != nil {
			return nil, fmt.Errorf("read CODEOWNERS: %w", err)
		}
		o, err := parseOwners(string(data))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		o.File = name
		return o, nil
	}
	return &Owners{}, nil
}

// header is a section's first line: ^[Name][2] @owner @owner.
var header = regexp.MustCompile(`^\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?$`)

func parseOwners(text string) (*Owners, error) {
	if len(text) > maxOwnerFile {
		return nil, fmt.Errorf("it is larger than %d MiB", maxOwnerFile>>20)
	}
	o := &Owners{}
	section := o.section("")
	n, rules := 0, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rules++; rules > maxOwnerRule {
			return nil, fmt.Errorf("it has more than %d rules", maxOwnerRule)
		}
		if m := header.FindStringSubmatch(line); m != nil {
			standard, _, _ := strings.Cut(m[2], "#")
			section = o.section(m[1])
			section.standard = slices.DeleteFunc(strings.Fields(standard), func(s string) bool { return !strings.Contains(s, "@") })
			continue
		}
		rule, err := parseOwnerRule(line)
		if err != nil {
			o.Skipped = append(o.Skipped, fmt.Sprintf("line %d: %v", n, err))
			continue
		}
		if len(rule.owners) == 0 {
			rule.owners = section.standard
		}
		section.rules = append(section.rules, rule)
	}
	return o, nil
}

// section returns the one of that name: GitLab joins those that share one.
func (o *Owners) section(name string) *ownerSection {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, s := range o.sections {
		if s.name == name {
			return s
		}
	}
	s := &ownerSection{name: name}
	o.sections = append(o.sections, s)
	return s
}

// anyOwner takes what some forge takes: @user, @org/team, @group/sub/team,
// @@role, an address.
var anyOwner = codeowners.WithOwnerMatchers([]codeowners.OwnerMatcher{
	codeowners.OwnerMatchFunc(func(s string) (codeowners.Owner, error) {
		if !strings.Contains(s, "@") {
			return codeowners.Owner{}, codeowners.ErrNoMatch
		}
		return codeowners.Owner{Value: s, Type: codeowners.EmailOwner}, nil // the type that is written as it is
	}),
})

// parseOwnerRule reads one line. The library reads it alone, since it takes a file
// with one bad line for nothing.
func parseOwnerRule(line string) (ownerRule, error) {
	if len(line) > maxOwnerLine {
		return ownerRule{}, fmt.Errorf("it is longer than %d bytes", maxOwnerLine)
	}
	line, exclude := strings.CutPrefix(line, "!")
	parsed, err := codeowners.ParseFile(strings.NewReader(line), anyOwner)
	if err != nil {
		return ownerRule{}, errors.Unwrap(err) // without a line number of its own
	}
	if len(parsed) != 1 || strings.Trim(parsed[0].RawPattern(), "/") == "" {
		return ownerRule{}, errors.New("it matches nothing")
	}
	r := ownerRule{pattern: parsed[0], exclude: exclude}
	for _, owner := range parsed[0].Owners {
		r.owners = append(r.owners, owner.String())
	}
	return r, nil
}

// Of returns the owners of the files, slash paths below the root, sorted and joined by
// a space: all that have one have their say. Fleet where none has.
func (o *Owners) Of(files ...string) string {
	var all []string
	for _, file := range files {
		for _, s := range o.sections {
			all = append(all, s.of(file)...)
		}
	}
	if len(all) == 0 {
		return Fleet
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func (s *ownerSection) of(file string) []string {
	var owners []string
	found := false
	for _, r := range slices.Backward(s.rules) {
		if found && !r.exclude {
			continue
		}
		match, err := r.pattern.Match(file)
		switch {
		case err != nil || !match:
		case r.exclude:
			return nil
		default:
			owners, found = r.owners, true
		}
	}
	return owners
}
