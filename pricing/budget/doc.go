// Package budget holds what was spent against what was planned for a financial
// year: the month and the year to date, a forecast of both ends with an
// interval, and the day on which the budget runs out. It is arithmetic on one
// daily series; the caller chooses what the series covers (a cluster, an
// environment, a namespace, a team, a label) and sums the ledger by day.
//
// Pounds are GBP ex VAT, sums are exact. Only a forecast computes with floats;
// it is rounded to the penny and is an estimate. A day is a UTC day, as costs
// are; a financial year and a month are dates, so clocks that change in London
// move nothing. A day without a known cost never counts as £0: a sum says that
// it leaves it out, a forecast fills it with the fitted level and says how often.
//
// # The forecast
//
// A day is expected to cost the level, the smoothed cost of the days before it:
// each day moves the level by 0.3 of what it was off by (the n-th day by 1/n
// where that is more). Where each weekday was seen three times and it lowers
// the error, weekdays get their own offset. Nothing is extrapolated: on real
// traces a straight line was the worst of the forecasts tried, and over 300 days
// it makes of one week that rose by £1 each day a rise of £300 a day.
//
// The interval is meant to hold the sum of h days with a chance of 80 %:
//
//	± t × s × √(Σ (1 + 0.4 j)²), j from 0 to h − 1
//
// s is the root of the squared errors of one day ahead over their degrees of
// freedom, t the 90 % point of Student's t. An error of today stays in part for
// all days to come (0.4 of it), so errors are not independent: the sum's
// variance grows as h³, not as h. Days already filled count in h.
//
// The seven days £100, 110, 90, 100, 100, 110, 93 cost £703. One day ahead they
// are off by 10, −15, 0, 0, 10, −10, and the level goes 100, 105, 100, 100, 100,
// 103, 100. So s = √(525 / 6) = 9.354. With 23 days of April left, the month is
// expected to end at 703 + 23 × 100 = £3,003. Σ = 23 + 0.8 × 253 + 0.16 × 3,795 =
// 832.6, t = 1.4398 at 6 degrees, so ± 1.4398 × 9.354 × √832.6 = ± £388.61: from
// £2,614.39 to £3,391.61. A budget of £30,000 is passed on day 293 from then,
// 25 January: 703 + 293 × 100 = £30,003.
//
// # What was measured
//
// CPU utilisation of real machines stood in for cost. Each forecast was judged
// on days that it had not seen: its mean error in per cent of the sum, and how
// many per cent of the sums its 80 % interval held. The two constants, 0.3 and
// 0.4, were chosen on the PlanetLab traces.
//
//	                                    this     mean of     straight   line, level after as
//	                                             7 days      line       many days as were fitted
//	365 PlanetLab machines
//	  1 and 2 days from 7            20.6  85   23.6  79   25.6  73   25.6  73
//	  10 and 21 "days" from 21       17.8  81   18.3  52   28.8  50   28.8  50
//	  35 "days" from 14              25.8  75   26.2  32   58.2  45   45.4  43
//	ten of them together
//	  10 and 21 "days" from 21        9.4  73    9.4  47   14.2  46   14.2  46
//	  35 "days" from 14              17.6  79   18.7   5   29.3  49   23.3  49
//	6 AWS instances
//	  3 days from 7                  22.0  47   18.9  37   39.3  40   39.3  40
//
// PlanetLab's traces have 6 to 10 days, so a "day" is a seventh of a day there,
// and a day stands for a week. The AWS instances jump within their 14 days:
// what has not happened before is in no interval. No trace is as long as a
// year; the interval of a year's end rests on the formula alone.
package budget
