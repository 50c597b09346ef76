package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// product is what a bulk file says of one thing that is sold.
type product struct {
	ProductFamily string `json:"productFamily"`
	Attributes    struct {
		LocationType      string `json:"locationType"`
		RegionCode        string `json:"regionCode"`
		InstanceType      string `json:"instanceType"`
		VCPU              string `json:"vcpu"`
		Memory            string `json:"memory"`
		PhysicalProcessor string `json:"physicalProcessor"`
		Tenancy           string `json:"tenancy"`
		OperatingSystem   string `json:"operatingSystem"`
		CapacityStatus    string `json:"capacitystatus"`
		PreInstalledSW    string `json:"preInstalledSw"`
		MarketOption      string `json:"marketoption"`
		Operation         string `json:"operation"`
		UsageType         string `json:"usagetype"`
		VolumeAPIName     string `json:"volumeApiName"`
	} `json:"attributes"`
}

// term is a way to buy a product.
type term struct {
	OfferTermCode   string `json:"offerTermCode"`
	PriceDimensions map[string]struct {
		Unit         string            `json:"unit"`
		BeginRange   string            `json:"beginRange"`
		PricePerUnit map[string]string `json:"pricePerUnit"` // by currency
	} `json:"priceDimensions"`
}

// maxWanted bounds what is kept of a bulk file; a region has about 1,000 types of
// machine.
const maxWanted = 20_000

// errRead ends the reading of a file whose rest is of no use: reservations, which
// are most of it.
var errRead = errors.New("all read")

// readOffer reads a bulk file: pick chooses products, nil for one that is not
// wanted, and take is given what was chosen with its on-demand terms, nil where
// there are none. The file lists all products before the terms.
func readOffer(in io.Reader, pick func(*product) *want, take func(*want, map[string]term)) error {
	d := newDecoder(in)
	wanted := map[string]*want{}
	err := d.object(func(section string) error {
		switch section {
		case "products":
			return d.object(func(sku string) error { return d.choose(sku, wanted, pick) })
		case "terms":
			return d.object(func(kind string) error {
				if kind != "OnDemand" {
					return d.skip()
				}
				if err := d.object(func(sku string) error { return d.price(wanted[sku], take) }); err != nil {
					return err
				}
				return errRead
			})
		}
		return d.skip()
	})
	switch {
	case err == nil:
		return errors.New("it has no on-demand prices")
	case !errors.Is(err, errRead):
		return err
	}
	for _, w := range wanted {
		if !w.priced {
			take(w, nil)
		}
	}
	return nil
}

func (d *decoder) choose(sku string, wanted map[string]*want, pick func(*product) *want) error {
	var p product
	if err := d.value(&p); err != nil {
		return err
	}
	if w := pick(&p); w != nil {
		if len(wanted) == maxWanted {
			return fmt.Errorf("more than %d products of use", maxWanted)
		}
		wanted[sku] = w
	}
	return nil
}

func (d *decoder) price(w *want, take func(*want, map[string]term)) error {
	if w == nil || w.priced {
		return d.value(&struct{}{})
	}
	var terms map[string]term
	if err := d.value(&terms); err != nil {
		return err
	}
	w.priced = true
	take(w, terms)
	return nil
}

// decoder reads a document of any size in bounded memory.
type decoder struct {
	json  *json.Decoder
	guard *guard
}

// guard bounds how much is read at a time.
type guard struct {
	io.Reader
	left int
}

const (
	maxValue = 4 << 20 // a product is about 2 KiB
	maxDepth = 50      // 8 in the files there are
)

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("one entry of it is larger than %d MiB", maxValue>>20)
	}
	n, err := g.Reader.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}

func newDecoder(in io.Reader) *decoder {
	g := &guard{Reader: in}
	return &decoder{json.NewDecoder(g), g}
}

// value decodes the next value as a whole.
func (d *decoder) value(into any) error {
	d.guard.left = maxValue
	return whole(d.json.Decode(into))
}

func (d *decoder) token() (json.Token, error) {
	d.guard.left = maxValue
	t, err := d.json.Token()
	return t, whole(err)
}

// whole makes an end in the middle of a document an error that says so.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it breaks off: %w", err)
	}
	return err
}

// object reads an object: visit is given each key and reads the value.
func (d *decoder) object(visit func(key string) error) error {
	if t, err := d.token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("it has %.20v where an object should be", t)
	}
	for d.json.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("it has %.20v where a key should be", t)
		}
		if err := visit(key); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// skip reads past a value of any size.
func (d *decoder) skip() error {
	for depth := 0; ; {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return fmt.Errorf("it is nested more than %d deep", maxDepth)
		}
	}
}
