using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Ports;

/// <summary>
/// Raw samples of one series, in time order. <paramref name="Weights"/> is null when every weight is 1.
/// For a set the values are the members' hashes, bit for bit. Histograms have no raw form.
/// </summary>
/// <param name="Times">Unix ms, as long as <paramref name="Values"/>.</param>
public sealed record RawBlock(SeriesDefinition Series, IReadOnlyList<long> Times, IReadOnlyList<double> Values, IReadOnlyList<double>? Weights)
{
    /// <summary>
    /// How long the samples are kept at least, from their own time on, whatever the retention of raw samples is when that is over. They may stay
    /// some hours longer, and a day when kept for days. Null: as long as the retention of raw samples says. Greater than zero.
    /// </summary>
    public TimeSpan? Keep { get; init; }
}
