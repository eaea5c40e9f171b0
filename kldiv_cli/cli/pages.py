"""The pages of ``kldiv explain`` that belong to no single measure."""

PAGES: dict[str, str] = {
    "choosing": """
Which measure for which data, and for which use

  The data                         Read                       Why
  labels (countries, tokens)       js, kl, tv                 no distance lies between labels
  ordered labels (low, mid, high)  js, w1 with --order        w1 knows that low is far from high
  numbers, samples                 w1, ks, js                 w1 in the unit of the data, ks in shares of rows
  numbers and labels in a table    js, w1-scaled, missing     comparable from column to column
  little or no overlap             w1, else js                kl is infinite or ruled by few outcomes
  nearly equal, large n            kl, js                     every digit is kept; look at the floor of noise too

  The use                          Read                       Why
  maximum likelihood, log-loss     kl P‖Q, P the data         H(P,Q) = H(P) + KL(P‖Q): the excess over the best loss
  variational inference            kl Q‖P, Q the model         it seeks one mode and avoids what P lacks
  distillation, quantised models   kl P‖Q, P the large model  the cost in nats a token
  generative models                w1 or w2 of features; js   kl needs overlap; js is what a GAN's critic estimates
  drift of data                    js-distance, w1-scaled     bounded, or in standard deviations; both symmetric
  credit scoring                   psi                        where a written rule asks for it
  privacy                          renyi                      composes; orders above 1 see the worst outcomes

  D(P‖Q) and D(Q‖P) answer different questions; kldiv prints both. P is the first operand.
""",
    "zeros": """
What happens where one side has no mass

  D(P‖Q) is infinite when P has an outcome that Q never has: Q rules out what happens. That is the right
  answer, so kldiv prints it, with the outcomes that cause it and how much mass they hold.

  Many tools add an epsilon instead and do not say so. For P = 0.5,0.3,0.2 and Q = 0.6,0.4,0:

    epsilon    1e-3   1e-4   1e-6   1e-8   1e-12
    KL(P‖Q)    0.88   1.34   2.26   3.18   5.03        each decade adds 0.2 ln 10: it measures the epsilon

  What to do:
    read js, tv, hellinger or w1          they are finite whatever the zeros
    -s jeffreys (add 1/2 to every count)  a principled pseudo-count; its effect fades as counts grow
    -s laplace, -s add:A, -s perks        other pseudo-counts: 1, A, 1/k
    -s shrink                             James-Stein: as much uniform as the counts ask for
    -s mix:0.01                           1 % of the uniform in both; needs no counts
    -s eps:1e-6                           to reproduce another tool; both sides, renormalised
    -b 10                                 fewer bins are seldom empty

  Pseudo-counts need counts: for bare probabilities say how many observations they stand for, --n-p and --n-q.
  Smoothing treats both sides alike on the joined support, and is named in the report.
  Wasserstein, KS and the other measures on the line are never smoothed.
""",
    "noise": """
How much of a divergence is noise

  Two samples of one distribution never agree exactly, so no divergence of samples is 0. Wherever the numbers of
  rows are known, kldiv says what chance alone would give:

    floor    the median value if nothing had changed. A value near it says nothing.
    p        how often chance alone reaches the value, or more. At p > 0.01 the value is marked ~.

  How they are got (the method stands in -f json)
    labels, values, fixed edges     the pooled rows are dealt anew to P and Q: permutation
    quantile bins of P              P's counts stay, Q's are Dirichlet-multinomial: exact for few rows of P too
    at least 20 rows everywhere     chi-square; between p 1e-8 and 0.1, where its tail is off, draws decide
    W1, energy, Cramér-von Mises    permutation up to 500 rows of the smaller side, else Brownian bridges; the
                                    outermost rows of heavy tails are dealt anew
    KS, Kuiper                      permutation, or their own laws for many rows
    missing rates                   the exact law of a table of two by two (Fisher)
    counts against probabilities    multinomial draws from the known side; two sets of probabilities: no noise
    weighted or dependent rows      both sides drawn anew with their effective numbers of rows

  Without draws, with n and m rows on k outcomes and nothing changed, the expected values are about

    KL          (k - 1) / 2 · (1/n + 1/m)
    PSI, J      (k - 1) · (1/n + 1/m)
    JS          (k - 1) / 8 · (1/n + 1/m)

  With 10 bins and 100 rows a side PSI is 0.18 on average when nothing changed; with 5,000 rows 0.0036. A fixed
  limit such as 0.1 is therefore too strict for small samples and too lax for large ones: kldiv check fails only
  what is over its limit and more than noise.

  All of it takes rows as independent. Where they are not - a time series, several rows of one customer - say how
  many independent ones they are worth: --n-eff 200, --n-eff 10%, --n-eff 500,80 for P and for Q. Floors and p
  values are drawn 500 times (--draws) from a printed seed (--seed): the same line gives the same bytes.
""",
    "densities": """
Densities as operands, fits, latents

  kldiv 'norm(0,1)' 't(3)'                  density against density: closed forms, else integrals with their error
  kldiv 'gamma(2,scale=3)' claims.csv:x     density against a column, either side: exact masses, cdf and quantiles
  kldiv '0.3*norm(0,1)+0.7*norm(5,2)' x.csv mixtures; quote what the shell would read
  kldiv p.json q.json                       {"family": "multivariate_normal", "mean": [0, 0], "cov": [[1, 0], [0, 1]]}
  kldiv fit claims.csv:x                    which family is nearest: least KL(data || model), AIC, KS
  kldiv gaussian latents.csv                Gaussians of a VAE against N(0, I): --mean 'mu*' --log-var 'logvar*'

  Names and parameters are those of scipy.stats: name(shapes..., loc, scale). Masses at whole numbers, as of poisson
  and binom, are summed. A value that has not settled is undefined; infinite is said where a support lacks what the
  other has, or an integral grows with its tails as a logarithm does, or faster. ± is how far a value may be off.
""",
    "joint": """
Several columns at once: --joint

  kldiv real.csv fake.csv --joint -c x1,x2,x3
  kldiv check real.npy fake.npy --joint --max energy=3floor

  A row is a point. sliced-w1 and sliced-w2 average over directions (--directions 200), energy and mmd over all pairs
  of rows, or over directions and frequencies beyond 20,000 rows unless --exact; frechet compares means and
  covariances, as FID; kl-knn and kl-knn-br are KL by neighbours. p values are from permutations of all rows.

  Distances add up what columns measure: where one spreads far more than another it decides, which is said.
  --standardize divides every column by the standard deviation of P.
""",
    "interval": """
Intervals: --interval 0.95

  kl        plug-in estimate less its bias, give or take its standard error (delta method); none where it may be noise
  w1 energy bootstrap; none where the value may be noise, for there the bootstrap fails
  kl-knn    subsamples of n^(4/5) rows, for a bootstrap repeats rows and neighbours would be at distance 0

  Tables and JSON show them; plain and CSV have fixed columns and do not.
""",
    "input": """
How an operand is read

  input                                                     read as
  inline numbers: 0.2,0.4,0.4 or a:3,b:5                    masses: counts when all are whole and sum to more than 1,
                                                            else probabilities
  JSON object label -> number; a table of one column of     masses by label
  distinct labels and one named p, q, prob, probability,
  pmf, mass, weight, count, counts, n, freq or frequency
  a table with lo, hi and masses; JSON edges and counts     masses on bins
  JSON list of numbers                                      probabilities if it sums to 1; else an error that asks
  one column of numbers                                     observations; without a header and summing to 1:
                                                            probabilities
  any other table: CSV, TSV, JSON records or columns,       a row is an observation, every common column is compared
  NDJSON, Parquet, Feather, Arrow, .npy, .npz
  uniq -c                                                   counts by label
  a folder or a quoted pattern, 'part-*.parquet'            one data set; folders named day=2024-01-01 give a column
  what kldiv profile saved                                  the data that it was made from

  An operand is - (stdin), a file, a URL, masses, uniform, FILE:COLUMN, -:COLUMN, LABEL=OPERAND or a pattern. --as
  samples, counts or probs overrides. Compressed files (.gz .bz2 .xz, .zst with its extra) are read as they are.

  Numbers and dates are exact up to 2^20 rows or 2^17 distinct values, labels up to 2^17; beyond, ranks are right to
  1e-5 of n and the rarest labels are pooled, and the output says so. --exact keeps everything.

  A number is an optional sign, digits with an optional point and exponent, no leading zero (01234 is a label), or inf.
  Missing is an empty cell, NA, NaN, nan, null, None and --na-values. ISO 8601 dates and times are instants: their W1
  is in days. All else is labels; blanks around a cell do not count. Types are judged from the first 10,000 rows;
  --numeric and --categorical override. A column of labels of more than 50 rows, over 90 % of them distinct, is an
  identifier: counted, not compared.

  Masses align by label. Labels that are all numbers are positions; other labels have no order unless --order gives
  one, so Wasserstein does not apply to them. Masses without labels align by position.

  With --rows every row is a distribution: the columns of numbers are its outcomes, one column of labels names the
  rows; .npy holds a matrix; JSON one array, or one object of outcome and mass, a line. --as probs, counts, logprobs or
  logits says what the numbers are. Objects of log-probabilities that sum to less than 1 name a part of their outcomes.
""",
}
