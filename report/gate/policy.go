package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Folder is where a repository keeps its policies, as conftest looks for them.
const Folder = "policy"

// What is read of a repository's policies at most.
const (
	maxEntries    = 10_000 // of the folder, of whatever kind
	maxPolicies   = 500
	maxPolicy     = 64 << 10 // bytes of one file: what a parser makes of it grows with its square
	maxPolicySize = 1 << 20  // bytes of all
)

// Policies are a repository's Rego policies, compiled.
type Policies struct {
	// Timeout bounds the evaluation of one case; zero is 10 s. It bounds memory
	// only as far as a policy can't fill it in that time.
	Timeout time.Duration

	compiler *ast.Compiler
	rules    []rule // in order of package and name
	fault    error  // why they can't be evaluated
}

// rule is one that conftest would ask for.
type rule struct {
	pkg  ast.Ref
	name string
}

// verdicts are the names of rules that decide, with an optional suffix, and
// exception: it names the suffixes that don't hold for an input.
// https://www.conftest.dev/#evaluating-policies, https://www.conftest.dev/exceptions/
var verdicts = regexp.MustCompile(`^((deny|violation|warn)(_[a-zA-Z0-9]+)*|exception)$`)

// LoadPolicies reads and compiles the .rego files under policy/ of a repository's
// tree, tests (_test.rego) apart, in the current syntax of Rego or the one before
// it (v0). It returns nil where there are none. Links are not followed, provided
// that fsys keeps to its tree as that of an os.Root does.
//
// The error is for a tree that can't be read, or for ctx that ended. Policies that don't compile, or are
// too many or too large, are returned: they fail the gate, which names the file.
func LoadPolicies(ctx context.Context, fsys fs.FS) (*Policies, error) {
	files, err := policyFiles(fsys)
	if errors.Is(err, errBounds) {
		return &Policies{fault: err}, nil
	}
	if err != nil || len(files) == 0 {
		return nil, err
	}
	p := &Policies{}
	modules := map[string]*ast.Module{}
	size := 0
	for _, name := range files {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("policy %s: %w", name, ctx.Err())
		}
		text, err := readBounded(fsys, name)
		if err == nil {
			if size += len(text); size > maxPolicySize {
				err = fmt.Errorf("%w: %s/ has more than %d MiB of policies", errBounds, Folder, maxPolicySize>>20)
			}
		}
		if errors.Is(err, errBounds) {
			return &Policies{fault: err}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		module, err := parse(name, text)
		if err != nil {
			return &Policies{fault: policyFault(name, err)}, nil
		}
		if module != nil {
			modules[name] = module
		}
	}
	p.compiler = ast.NewCompiler().WithCapabilities(capabilities())
	if p.compiler.Compile(modules); p.compiler.Failed() {
		return &Policies{fault: policyFault(Folder, p.compiler.Errors)}, nil
	}
	p.rules = rulesOf(modules)
	return p, nil
}

var errBounds = errors.New("too much to read")

// policyFiles lists the policies, in order of their names.
func policyFiles(fsys fs.FS) ([]string, error) {
	var files []string
	entries := 0
	err := fs.WalkDir(fsys, Folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") {
			files = append(files, name)
		}
		if entries++; entries > maxEntries || len(files) > maxPolicies {
			return fmt.Errorf("%w: %s/ has more than %d policies or %d entries", errBounds, Folder, maxPolicies, maxEntries)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the policies in %s/: %w", Folder, err)
	}
	return files, nil
}

func readBounded(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	if err == nil && len(data) > maxPolicy {
		err = fmt.Errorf("%w: %s has more than %d KiB", errBounds, name, maxPolicy>>10)
	}
	return string(data), err
}

// parse reads a module in the syntax of Rego v1, else of v0; nil where the file
// is empty. The error is v1's.
func parse(name, text string) (*ast.Module, error) {
	module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err == nil {
		return module, nil
	}
	if module, older := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV0}); older == nil {
		return module, nil
	}
	return nil, err
}

// policyFault is the first of the library's errors, in one line without the source.
func policyFault(name string, err error) error {
	if list, ok := errors.AsType[ast.Errors](err); ok && len(list) > 0 {
		first := list[0]
		if first.Location != nil {
			name = fmt.Sprintf("%s:%d", first.Location.File, first.Location.Row)
		}
		return fmt.Errorf("%s: %s", brief(name), brief(first.Message))
	}
	return fmt.Errorf("%s: %s", name, brief(err.Error()))
}

// capabilities are the built-in functions without those that reach out of the
// evaluation: to a host (http.send, net.lookup_ip_addr), to the environment
// (opa.runtime), to chance (rand.intn, uuid.rfc4122). The clock stays, and tells the
// end of the case's window. No schema is fetched from any host.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic && b.Name != ast.NowNanos.Name
	})
	c.AllowNet = []string{}
	return c
}

// rulesOf are the modules' rules that decide, each once.
func rulesOf(modules map[string]*ast.Module) []rule {
	var out []rule
	for _, m := range modules {
		for _, r := range m.Rules {
			name, ok := r.Head.Ref()[0].Value.(ast.Var)
			if ok && len(r.Head.Args) == 0 && verdicts.MatchString(string(name)) {
				out = append(out, rule{m.Package.Path, string(name)})
			}
		}
	}
	slices.SortFunc(out, func(a, b rule) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(out, func(a, b rule) bool { return a.String() == b.String() })
}

func (r rule) String() string { return r.pkg.String() + "." + r.name }
