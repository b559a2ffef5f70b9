// Package score measures how well incidents are found: it holds what predictors find in
// labelled captures against the labels.
//
// The predictors that stand beside one another are the heuristics, the default rules
// alone, read in two ways, and one that says normal of everything. One replay of a
// capture serves them all.
//
// # Pairs
//
// In each capture labelled and found incidents are paired, see [Pair]: first those of one
// class that overlap in time, then what is left that overlaps, by the smallest distance
// of the onsets. A label without a partner was found normal; a finding without one is a
// false alarm, and its label normal. A normal capture without a finding is one pair of
// normal with normal. All figures follow from the pairs.
//
// # Figures
//
//   - Precision, recall and F1 = 2·TP / (2·TP + FP + FN) of a class, and macro-F1, their
//     mean over the classes that labels or predictions name (Opitz and Burst, Macro F1
//     and Macro F1, 2019: the mean of F1, not the F1 of means). F1 is 0 where nothing of
//     the class was right.
//   - The onset error is |found − labelled| of the pairs of one class; its quantiles are
//     by nearest rank (Hyndman and Fan 1996, type 1).
//   - AC@k is the share of labelled processes that are among the first k named for the
//     partner of their incident (as in Li et al., Root Cause Analysis of Failures in
//     Microservices through Causal Discovery, KDD 2022). An incident that was missed
//     counts, as a miss.
//   - The Brier score is the mean of (confidence − right)² over all verdicts, right being
//     1 if the verdict's class is the label's, else 0 (Brier 1950, for the class that is
//     named). A verdict is a found incident, or normal of a capture as a whole. The
//     calibration error is the mean distance of confidence from the share that is right,
//     band by band, weighted by verdicts (Naeini et al. 2015).
//
// # Intervals, all of 95 %
//
//   - Shares: Wilson's score interval (Wilson 1927).
//   - F1, macro-F1 and their difference, the Brier score and the median onset error: the
//     percentile bootstrap over captures (Efron
//     1979), the same captures for every predictor, from numbers that are the same on
//     every run. Where every capture is judged right it has no width: it cannot tell
//     what was never seen.
//   - Rates: exact for a Poisson count (Garwood 1936).
//
// Its invariants: the same captures and labels give the same score, to the byte; nothing
// in a score names a path but the folder of a capture, as the caller gave it.
package score
