package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/tuppence-dev/tuppence/recommend"
)

// policies asks the repository's own rules about each object as the change makes
// it, as conftest does about a file of one.
func policies(ctx context.Context, c *Case) recommend.Check {
	p := c.Policies
	switch {
	case p == nil:
		return beside("the repository keeps no policies in %s/", Folder)
	case p.fault != nil:
		return fail("the policies can't be used: %s", p.fault)
	case len(c.Objects) == 0:
		return undecided("what Git builds after the change is not at hand")
	}
	now := c.Window.End
	if now.IsZero() {
		now = time.Unix(0, 0) // else the library reads the clock
	}
	limit := p.Timeout
	if limit <= 0 {
		limit = 10 * time.Second
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	var denied, warned faults
	for _, r := range c.Objects {
		d, w, err := p.judge(ctx, now, r.After)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return undecided("the policies took longer than %s over %s", recommend.Interval(limit), r.key())
		case err != nil:
			return undecided("the policies can't judge %s: %s", r.key(), brief(err.Error()))
		}
		denied, warned = append(denied, d...), append(warned, w...)
	}
	switch {
	case len(denied) > 0:
		return fail("%s", denied)
	case len(warned) > 0:
		return pass("warned: %s", warned)
	}
	return pass("rules that were asked: %d", len(p.rules))
}

// judge asks every rule about one object, and returns what denies it and what
// warns of it.
func (p *Policies) judge(ctx context.Context, now time.Time, obj map[string]any) (denied, warned faults, err error) {
	input, err := ast.InterfaceToValue(obj)
	if err != nil {
		return nil, nil, err
	}
	store := inmem.New() // empty: there is no data beside the input
	err = storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		ask := func(r rule) (any, error) { return p.ask(ctx, evaluation{store, txn, ast.NewTerm(input), now}, r) }
		for _, r := range p.rules {
			if r.name == exception {
				continue
			}
			answer, err := ask(r)
			if err != nil {
				return err
			}
			said := messages(r, answer)
			if len(said) == 0 {
				continue
			}
			excepted, err := ask(rule{r.pkg, exception})
			switch {
			case err != nil:
				return err
			case exempts(excepted, r.name):
			case strings.HasPrefix(r.name, "warn"):
				warned = append(warned, said...)
			default:
				denied = append(denied, said...)
			}
		}
		return nil
	})
	return denied, warned, err
}

const exception = "exception"

// evaluation is what the rules are asked about.
type evaluation struct {
	store storage.Store
	txn   storage.Transaction
	input *ast.Term
	now   time.Time
}

// ask evaluates one rule; nil where it is undefined. The library does not look at
// ctx, so that its end is handed on.
func (p *Policies) ask(ctx context.Context, at evaluation, r rule) (any, error) {
	answer := ast.Var("answer")
	body, err := p.compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(
		ast.NewTerm(answer), ast.NewTerm(r.pkg.Append(ast.StringTerm(r.name))))))
	if err != nil {
		return nil, err
	}
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	results, err := topdown.NewQuery(body).WithCompiler(p.compiler).WithStore(at.store).WithTransaction(at.txn).
		WithInput(at.input).WithTime(at.now).WithCancel(cancel).Run(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return ast.JSON(results[0][answer].Value)
}

// messages are what a rule's answer says: each member of a set or a list, the
// keys of a map (deny[msg] in v1 syntax), its name where it is only true. A member
// is a text or has one as msg.
func messages(r rule, answer any) faults {
	var out faults
	add := func(v any) {
		switch v := v.(type) {
		case string:
			out.add("%s", brief(v))
		case map[string]any:
			if msg, ok := v["msg"].(string); ok {
				out.add("%s", brief(msg))
				return
			}
			out.add("%s", r)
		default:
			out.add("%s", r)
		}
	}
	switch v := answer.(type) {
	case nil:
	case bool:
		if v {
			add(nil)
		}
	case []any:
		for _, m := range v {
			add(m)
		}
	case map[string]any:
		if _, ok := v["msg"]; ok {
			add(v)
			break
		}
		for k := range v {
			add(k)
		}
	default:
		add(v)
	}
	return out
}

// exempts reports whether an exception names the rule: by its suffix, and deny,
// violation or nothing for one without.
func exempts(excepted any, name string) bool {
	lists, _ := excepted.([]any)
	kind, suffix, _ := strings.Cut(name, "_")
	return kind != "warn" && slices.ContainsFunc(lists, func(list any) bool {
		names, _ := list.([]any)
		return slices.ContainsFunc(names, func(n any) bool {
			return n == suffix || suffix == "" && n == kind
		})
	})
}
