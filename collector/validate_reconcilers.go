package collector

import (
	"errors"
	"fmt"
)

// MaxTimers is how many timers an object may have, and how many objects a Receiver
// may wake.
const MaxTimers = 256

func (c *Cluster) validateReconcilers() error {
	for i := range c.Reconcilers {
		if err := c.Reconcilers[i].validate(); err != nil {
			return fmt.Errorf("%q %q: %w", c.Reconcilers[i].Kind, c.Reconcilers[i].Namespace+"/"+c.Reconcilers[i].Name, err)
		}
	}
	for _, programs := range [][]Controller{c.Controllers, c.Operators} {
		for i := range programs {
			if err := programs[i].validate(); err != nil {
				return fmt.Errorf("controller %q: %w", programs[i].Name, err)
			}
		}
	}
	return nil
}

func (r *Reconciler) validate() error {
	odd := r.Objects < 0
	for _, h := range r.History {
		odd = odd || h.Total < 0
	}
	if odd {
		return errors.New("a count is negative")
	}
	if len(r.Timers) > MaxTimers || len(r.Targets) > MaxTimers {
		return fmt.Errorf("it has more than %d timers or targets", MaxTimers)
	}
	for _, t := range r.Timers {
		if len(t.Path) > MaxTimers {
			return errors.New("a timer's path is too long")
		}
		if err := short(t.Path...); err != nil {
			return fmt.Errorf("a timer's path: %w", err)
		}
	}
	for _, t := range r.Targets {
		if err := short(t.Kind, t.Namespace, t.Name); err != nil {
			return fmt.Errorf("a target: %w", err)
		}
	}
	if err := short(r.Shard, r.Hook); err != nil {
		return err
	}
	if err := r.Measured.validate(); err != nil {
		return err
	}
	return r.validateSources()
}

func (m *Measured) validate() error {
	if m.Count < 0 || m.Changes < 0 || m.Failures.Count < 0 || m.Waits.Count < 0 {
		return errors.New("a count is negative")
	}
	if len(m.Doubts) > maxDoubts {
		return fmt.Errorf("it has more than %d doubts", maxDoubts)
	}
	for _, d := range m.Doubts {
		if err := short(string(d)); err != nil {
			return fmt.Errorf("a doubt: %w", err)
		}
	}
	return nil
}

const maxDoubts = 64

func (k *Controller) validate() error {
	if k.Applications < 0 || k.APIRequests < 0 {
		return errors.New("a count is negative")
	}
	if err := k.Measured.validate(); err != nil {
		return err
	}
	if len(k.Settings) > MaxSettings {
		return fmt.Errorf("it has more than %d settings", MaxSettings)
	}
	for _, s := range k.Settings {
		if err := short(s.Name, s.Value, s.In, s.Container, s.Ignore, s.Object.APIVersion, s.Object.Kind, s.Object.Namespace, s.Object.Name); err != nil {
			return fmt.Errorf("a setting: %w", err)
		}
	}
	if err := k.validateWork(); err != nil {
		return err
	}
	return short(k.Ignore)
}
