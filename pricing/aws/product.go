package aws

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// want is a product of use, and the quote that its price completes.
type want struct {
	quote  pricing.Quote
	unit   string // as the file writes it, in small letters
	priced bool
}

// onDemandTerm is the code of what anyone pays on demand.
const onDemandTerm = "JRTCKXETXF"

var (
	instanceType = regexp.MustCompile(`^[a-z0-9-]{1,30}\.[a-z0-9-]{1,30}$`)
	// A usage type begins with the region's code, but in us-east-1.
	volumeUsage    = regexp.MustCompile(`^([A-Z0-9]+-)?EBS:VolumeUsage(\.[a-z0-9]+)?$`)
	balancerUsage  = regexp.MustCompile(`^([A-Z0-9]+-)?LoadBalancerUsage$`)
	clusterUsage   = regexp.MustCompile(`^([A-Z0-9]+-)?AmazonEKS-Hours:perCluster$`)
	extendedUsage  = regexp.MustCompile(`^([A-Z0-9]+-)?AmazonEKS-Hours:extendedSupport$`)
	volumeTypes    = []string{"gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"}
	balancerFamily = map[string]string{
		"Load Balancer":             "classic",
		"Load Balancer-Application": "alb",
		"Load Balancer-Network":     "nlb",
	}
)

// pick chooses the products that a cluster in the region may be billed for,
// with their sizes. Amazon's GB of a volume are GiB.
func (r *reader) pick(p *product) *want {
	a := &p.Attributes
	if a.LocationType != "AWS Region" || a.RegionCode != r.region {
		return nil // Local Zones, Wavelength, Outposts
	}
	switch {
	case p.ProductFamily == "Compute Instance" || p.ProductFamily == "Compute Instance (bare metal)":
		return r.machine(p)
	case p.ProductFamily == "Storage" && slices.Contains(volumeTypes, a.VolumeAPIName) && volumeUsage.MatchString(a.UsageType):
		return r.want(pricing.Storage, a.VolumeAPIName, "gb-mo")
	case balancerFamily[p.ProductFamily] != "" && balancerUsage.MatchString(a.UsageType):
		return r.want(pricing.Balancer, balancerFamily[p.ProductFamily], "hrs")
	case clusterUsage.MatchString(a.UsageType):
		return r.want(pricing.ControlPlane, "eks/standard", "hours")
	case extendedUsage.MatchString(a.UsageType):
		return r.want(pricing.ControlPlane, surcharge, "hours")
	}
	return nil
}

func (r *reader) want(k pricing.Kind, name, unit string) *want {
	return &want{unit: unit, quote: pricing.Quote{
		Key:   pricing.Key{Kind: k, Provider: collector.AWS, Region: r.region, Type: name},
		Price: r.listed(k, "AWS price list"),
	}}
}

// machine chooses what is billed for a running Linux machine on shared hardware,
// on demand: each type has some 40 products besides, for other systems, software
// on it, dedicated hardware and unused reservations of capacity.
func (r *reader) machine(p *product) *want {
	a := &p.Attributes
	if a.OperatingSystem != "Linux" || a.PreInstalledSW != "NA" || a.CapacityStatus != "Used" || a.Tenancy != "Shared" ||
		a.Operation != "RunInstances" || a.MarketOption != "" && a.MarketOption != "OnDemand" || !instanceType.MatchString(a.InstanceType) {
		return nil
	}
	vcpu, err := strconv.Atoi(a.VCPU)
	if err != nil || vcpu < 1 || vcpu > 10_000 {
		r.list.Leave(a.InstanceType, fmt.Sprintf("%.20q is no number of vCPU", a.VCPU))
		return nil
	}
	w := r.want(pricing.Machine, a.InstanceType, "hrs")
	w.quote.Key.CapacityType = collector.OnDemand
	w.quote.Price.VCPU, w.quote.Arch = vcpu, "amd64"
	if strings.Contains(a.PhysicalProcessor, "Graviton") {
		w.quote.Arch = "arm64"
	}
	if m, err := pricing.ParseFigure(strings.ReplaceAll(strings.TrimSuffix(a.Memory, " GiB"), ",", "")); err == nil {
		w.quote.Memory = m // "1,952 GiB"; else not known
	}
	size := w.quote
	if old, twice := r.sizes[a.InstanceType]; !twice || size.Compare(&old) < 0 {
		r.sizes[a.InstanceType] = size
	}
	return w
}

// take adds the price of what was picked.
func (r *reader) take(w *want, terms map[string]term) {
	figure, err := w.figure(terms)
	if err == nil {
		w.quote.Price.PerUnit, err = pricing.ParsePrice(figure)
	}
	if err != nil {
		r.list.Leave(w.quote.Key.Type, err.Error())
		return
	}
	r.list.Add(w.quote, "")
}

// figure returns the price in dollars that anyone pays, which is one figure
// whatever is used.
func (w *want) figure(terms map[string]term) (string, error) {
	figure := ""
	for _, name := range slices.Sorted(maps.Keys(terms)) {
		if terms[name].OfferTermCode != onDemandTerm {
			continue
		}
		for _, d := range terms[name].PriceDimensions {
			usd, ok := d.PricePerUnit["USD"]
			switch {
			case figure != "" || d.BeginRange != "0":
				return "", errors.New("its price depends on how much is used")
			case strings.ToLower(d.Unit) != w.unit:
				return "", fmt.Errorf("it is priced by %.20q and not by %s", d.Unit, w.unit)
			case !ok:
				return "", errors.New("it has no price in USD")
			}
			figure = usd
		}
	}
	if figure == "" {
		return "", errors.New("it has no price on demand")
	}
	return figure, nil
}
