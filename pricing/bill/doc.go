// Package bill reads what the clouds really charged: FOCUS exports in CSV, plain
// or compressed by gzip, in the columns of FOCUS 1.0 to 1.3 (AWS Data Exports,
// Azure's cost and usage details, GCP's FOCUS view). Read streams any number of
// rows in bounded memory and adds up, in pounds, what they say of the resources
// that the caller names by provider id.
//
// Every row within the window lands in exactly one place: on a resource, on a
// scale set, on tax, on unused commitments, or on the service that nothing was
// asked about. So the parts add up to the bill (see Bill.Effective).
//
// Rows of ChargeCategory Usage, Purchase, Credit and Adjustment are costs of their
// resource. A commitment is not counted twice: its price is in the EffectiveCost
// of the usage that it covers, and the EffectiveCost of its Purchase is 0
// (FOCUS 1.2, rule EffectiveCost-C-005-C). A correction counts in the period that
// it corrects. https://focus.finops.org/focus-specification/v1-2
//
// How to add a cloud: teach Canonical its ids, and add both sides of them to the
// table of its test.
package bill
