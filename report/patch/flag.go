package patch

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// A flag stands in a container's args as one word, --concurrent=4, or as two,
// --concurrent and 4. Of several the last one holds, as it does for Go's flags.

// flagStep is the flag that the step "[--concurrent]" of a path asks for.
func flagStep(step string) (name string, ok bool) {
	return strings.Trim(step, "[]"), recommend.IsFlag(step)
}

// flagOf is the flag that a path ends at.
func flagOf(path []string) (name string, ok bool) {
	if len(path) == 0 {
		return "", false
	}
	return flagStep(path[len(path)-1])
}

// wordsOf are the words of a list, as text.
func wordsOf(list []any) []string {
	words := make([]string, len(list))
	for i := range list {
		words[i] = text(list[i])
	}
	return words
}

// flag follows the last step of a path to the flag of that name. s leads to the list,
// which is at, of a container in obj. It errs where the flag could not be set there.
func (s location) flag(obj map[string]any, name string, at any) (location, error) {
	words, isList := at.([]any)
	if at != nil && !isList {
		return s, fmt.Errorf("%s is no list, and the path asks for the flag %s", pointer(s.steps), name)
	}
	i, before, value := collector.FlagIn(wordsOf(words), name)
	s.before = before
	if strings.Contains(value, "$(") {
		return s, fmt.Errorf("%s is %s, a variable of its container; set it where the variable is set", name, brief(value))
	}
	if i >= 0 {
		s.steps, s.value, s.found = append(s.steps, i), value, true
		return s, nil
	}
	within, _ := dig(obj, s.steps[:len(s.steps)-1])
	s.steps = append(s.steps, len(words))
	container, there := within.(map[string]any)
	if !there {
		return s, nil // which a caller tells by lost
	}
	command, _ := container["command"].([]any)
	return s, addable(name, command, words)
}

// addable errs unless a further flag, at the end of args, would reach the program.
func addable(name string, command, args []any) error {
	if at, _, _ := collector.FlagIn(wordsOf(command), name); at >= 0 {
		return fmt.Errorf("%s stands in command, rather than in args; change it there", name)
	}
	all := slices.Concat(command, args)
	if len(all) == 0 {
		return fmt.Errorf("its container has no args, and to give it some would take the place of those of its image; list them there with %s", name)
	}
	if collector.RunsShell(wordsOf(all)) {
		return fmt.Errorf("its container runs a shell, which hands no %s on; set it in the shell's command", name)
	}
	return nil
}

// written is what the place of a field holds for a value: of a flag the whole word.
func (s location) written(value any) any {
	if s.before == "" || value == nil {
		return value
	}
	return s.before + text(value)
}

// setFlag appends what sets the flag at s to value, or takes it out where value is
// nil, to a list of operations, and changes work along. The word that is replaced is
// tested first, since a place in a list says nothing of what stands there.
func (o *owned) setFlag(work map[string]any, s location, steps []string, value any) error {
	name, _ := flagOf(steps)
	list := s.steps[:len(s.steps)-1]
	i, _ := s.steps[len(s.steps)-1].(int)
	words, _ := dig(work, list)
	args, _ := words.([]any)
	test := func(i int) { o.appendOp("test", pointer(append(slices.Clone(list), i)), args[i]) }
	switch {
	case !s.found && value == nil:
		return nil
	case value == nil:
		first := i
		if s.before == "" {
			first--
		}
		test(first)
		for range i - first + 1 {
			o.appendOp("remove", pointer(append(slices.Clone(list), first)), nil)
		}
		return assign(work, list, slices.Delete(slices.Clone(args), first, i+1))
	case !s.found && words != nil:
		o.appendOp("add", pointer(list)+"/-", s.written(value))
	case !s.found:
		n := missingAt(work, s.steps)
		missing, err := nest(steps[n:], value)
		if err != nil {
			return err
		}
		o.appendOp("add", pointer(s.steps[:n]), missing)
		return assign(work, s.steps[:n], missing)
	default:
		if op := o.flagOp(pointer(list), name); op != nil {
			*get(op, "value") = *valueNode(s.written(value))
			break
		}
		if s.before == "" {
			test(i - 1)
		} else {
			test(i)
		}
		o.appendOp("replace", pointer(s.steps), s.written(value))
	}
	return assign(work, s.steps, s.written(value))
}

// addFlag appends what gives an object, which can be seen in part, a flag at the end of
// a container's args: there it holds, whether or not it stands before.
func (o *owned) addFlag(obj map[string]any, steps []string, value string) error {
	s, err := locate(obj, steps)
	if err != nil {
		return err
	}
	name, _ := flagOf(steps)
	list := s.steps[:len(s.steps)-1]
	if op := o.flagOp(pointer(list), name); op != nil {
		*get(op, "value") = *valueNode(name + "=" + value)
		return nil
	}
	o.testNames(obj, s.steps, steps)
	o.appendOp("add", pointer(list)+"/-", name+"="+value)
	return nil
}

// flagOp is the last operation that sets the flag in the list, nil where there is none.
func (o *owned) flagOp(list, name string) *yaml.Node {
	for _, n := range slices.Backward(o.doc.Content) {
		op, at := get(n, "op"), get(n, "path")
		if op == nil || at == nil || op.Value == "test" || op.Value == "remove" || path.Dir(at.Value) != list {
			continue
		}
		if got, _ := o.flagSet(n); collector.SameFlag(got, name) {
			return n
		}
	}
	return nil
}

// flagValue is what the operations set the flag in the list to, and whether they do.
func (o *owned) flagValue(list, name string) (value string, ok bool) {
	if n := o.flagOp(list, name); n != nil {
		_, value = o.flagSet(n)
		return value, true
	}
	if n := o.op("add", list); n != nil { // the list itself
		for _, word := range get(n, "value").Content {
			if got, value, _ := strings.Cut(word.Value, "="); collector.SameFlag(got, name) {
				return value, true
			}
		}
	}
	return "", false
}

// flagSet is the flag that one operation sets, and its value: a word of its own, or
// the word after the one that the operation before it tests.
func (o *owned) flagSet(n *yaml.Node) (name, value string) {
	word := nodeText(get(n, "value"))
	if name, value, joined := strings.Cut(word, "="); joined && strings.HasPrefix(name, "-") {
		return name, value
	}
	i := slices.Index(o.doc.Content, n)
	if i < 1 {
		return "", ""
	}
	before := o.doc.Content[i-1]
	if op := get(before, "op"); op == nil || op.Value != "test" || path.Dir(get(before, "path").Value) != path.Dir(get(n, "path").Value) {
		return "", ""
	}
	return nodeText(get(before, "value")), word
}
