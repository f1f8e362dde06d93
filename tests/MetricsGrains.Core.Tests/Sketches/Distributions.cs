namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>The shapes of data on which percentiles are checked, each from a seeded generator, with the exact answer.</summary>
internal static class Distributions
{
    public static readonly string[] Names =
    [
        "uniform", "exponential", "pareto", "bimodal", "constant", "log-uniform", "negative log-uniform", "both signs", "with zeros",
    ];

    public static double[] Draw(string name, Random random, int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++) values[i] = Next(name, random);
        return values;
    }

    /// <summary>The slow, obvious nearest-rank quantile.</summary>
    public static double Exact(double[] sorted, double q) => sorted[Math.Max(1, (int)Math.Ceiling(q * sorted.Length)) - 1];

    private static double Next(string name, Random random) => name switch
    {
        "uniform" => 5 + 995 * random.NextDouble(),
        "exponential" => -Math.Log(1 - random.NextDouble()) * 120,
        "pareto" => Math.Pow(1 - random.NextDouble(), -1 / 1.1),
        "bimodal" => random.Next(10) == 0 ? 2500 + 50 * random.NextDouble() : 3 + random.NextDouble(),
        "constant" => 42.4242,
        "log-uniform" => Math.Pow(10, -9 + 21 * random.NextDouble()),
        "negative log-uniform" => -Math.Pow(10, -9 + 21 * random.NextDouble()),
        "both signs" => 2e3 * random.NextDouble() - 1e3,
        "with zeros" => random.Next(3) switch { 0 => 0, 1 => -random.NextDouble(), _ => Math.Pow(10, 6 * random.NextDouble()) },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
