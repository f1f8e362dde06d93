using System.Globalization;

namespace MetricsGrains.Notifications.Chart;

/// <summary>A range of values with ticks at round numbers.</summary>
internal sealed class ValueAxis
{
    private static readonly (double Size, string Suffix)[] s_suffixes = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n")];

    private readonly double _step;

    private ValueAxis(double from, double to, double step)
    {
        From = from;
        To = to;
        _step = step;
    }

    public double From { get; }

    public double To { get; }

    /// <summary>About four ticks that span all values.</summary>
    /// <param name="values">Finite, at least one.</param>
    public static ValueAxis Over(IReadOnlyList<double> values)
    {
        // What is beyond can be told from a picture by nobody, and its range would be infinite.
        double least = Math.Max(values.Min(), -1e100), greatest = Math.Min(values.Max(), 1e100);
        if (least > 0 && least < 0.6 * greatest)
        {
            least = 0;
        }
        double range = greatest - least;
        double size = Math.Max(Math.Abs(greatest), Math.Abs(least));
        if (range <= size * 1e-9 || size < 1e-90)
        {
            range = size < 1e-90 ? 1 : size * 0.2;
            least -= range / 2;
            greatest += range / 2;
        }
        double step = Round(range / 3);
        return new ValueAxis(Math.Floor(least / step) * step, Math.Ceiling((greatest / step) + 0.05) * step, step);
    }

    public IEnumerable<double> Ticks()
    {
        int count = (int)Math.Round((To - From) / _step);
        for (int i = 0; i <= count; i++)
        {
            double tick = From + (i * _step);
            // Sums of steps miss zero by a little.
            yield return Math.Abs(tick) < _step * 1e-6 ? 0 : tick;
        }
    }

    /// <summary>"1.5k", "250m".</summary>
    public static string LabelOf(double value)
    {
        double size = Math.Abs(value);
        if (size == 0)
        {
            return "0";
        }
        (double unit, string suffix) = s_suffixes.FirstOrDefault(s => size >= s.Size * 0.9999, s_suffixes[^1]);
        double scaled = value / unit;
        return Math.Abs(scaled) is >= 10_000 or < 0.001 ? value.ToString("0.#E0", CultureInfo.InvariantCulture) : scaled.ToString("0.###", CultureInfo.InvariantCulture) + suffix;
    }

    // The next of 1, 2, 5 times a power of ten.
    private static double Round(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        double digit = step / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
}
