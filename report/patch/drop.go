package patch

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// barePatches is a patches key with nothing else in its line.
var barePatches = regexp.MustCompile(`^patches\s*:\s*$`)

// dropPatch returns the kustomization src without the entry of its patches that names
// the file, and without its patches where none is left. All else stays, byte for
// byte. It errs where that can't be done.
func dropPatch(src []byte, file string) ([]byte, error) {
	root, old, err := parseKustomization(src)
	if err != nil {
		return nil, err
	}
	name, list, _ := patchesAt(root, 0)
	if list == nil || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("its patches are not a list in block style")
	}
	at := -1
	for n, item := range list.Content {
		if v := get(item, "path"); v != nil && path.Clean(v.Value) == file {
			if at >= 0 {
				return nil, fmt.Errorf("it lists %s twice", file)
			}
			at = n
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("it does not list %s", file)
	}
	lines := strings.SplitAfter(string(src), "\n")
	from, to := list.Content[at].Line-1, lastLine(list.Content[at])
	if len(list.Content) == 1 && barePatches.MatchString(strings.TrimRight(lines[name.Line-1], "\r\n")) {
		from = name.Line - 1
	}
	if from < 0 || to > len(lines) || from >= to {
		return nil, errors.New("the lines of the entry can't be told")
	}
	out := []byte(strings.Join(slices.Concat(lines[:from], lines[to:]), ""))
	return out, lost(old, out, at)
}

// lastLine is the last line that n's values, each of one line, stand in.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, child := range n.Content {
		last = max(last, lastLine(child))
	}
	return last
}

// lost errs unless out is what old was without the one entry of its patches.
func lost(old map[string]any, out []byte, at int) error {
	_, now, err := parseKustomization(out)
	if err != nil {
		return err
	}
	before, _ := old[patchesKey(old)].([]any)
	after, _ := now[patchesKey(now)].([]any)
	if want := slices.Delete(slices.Clone(before), at, at+1); len(want) != len(after) || len(want) > 0 && !reflect.DeepEqual(want, after) {
		return errors.New("another entry of its patches would change")
	}
	for _, name := range unionKeys(old, now) {
		if !strings.EqualFold(name, "patches") && !reflect.DeepEqual(old[name], now[name]) {
			return fmt.Errorf("its %s would change", brief(name))
		}
	}
	return nil
}
