using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>Says of every sample of a slice that was not taken in why it was not, so that accepted and refused add up to what was sent.</summary>
internal readonly struct RefusalReport(string metric, MetricGrainOptions options, int sliceIndex, List<Refusal> refusals)
{
    public void AddTimes(in SliceIntake intake)
    {
        if (intake.TooOld > 0)
        {
            Add(-1, RefusalReason.TooOld, intake.TooOld, $"older than {options.MaxAge.TotalDays:0.#} days");
        }
        if (intake.TooNew > 0)
        {
            Add(-1, RefusalReason.TooNew, intake.TooNew, $"more than {options.MaxAhead.TotalMinutes:0} minutes in the future");
        }
    }

    /// <param name="resolved">How many series the slice defined legibly.</param>
    public void AddDamage(in SampleSlice slice, int resolved, in SliceIntake intake)
    {
        if (intake.Malformed > 0)
        {
            Add(-1, RefusalReason.Malformed, intake.Malformed, $"not a {MetricKinds.NameOf(slice.Kind)}'s value: not a number, a weight that is not positive, or a damaged histogram");
        }
        int read = intake.Accepted + intake.Refused + intake.Malformed + intake.TooOld + intake.TooNew;
        if (read < slice.SampleCount)
        {
            Add(-1, RefusalReason.Malformed, slice.SampleCount - read, "a slice ends before its samples do");
        }
        int undefined = 0;
        if (resolved < slice.SeriesCount)
        {
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                undefined += sample.Series >= resolved ? 1 : 0;
            }
        }
        if (undefined > 0)
        {
            Add(-1, RefusalReason.Malformed, undefined, "a slice's series can't be read");
        }
    }

    /// <returns>Samples refused for the cardinality limit.</returns>
    public int AddSeries(in SampleSlice slice, ReadOnlySpan<Series?> resolved, ReadOnlySpan<RefusalReason> reasons, CardinalityGuard cardinality)
    {
        int[] samples = new int[resolved.Length];
        foreach (SampleSlice.Sample sample in slice.Samples)
        {
            if (sample.Series < resolved.Length && resolved[sample.Series] is null)
            {
                samples[sample.Series]++;
            }
        }
        string limit = LimitDetail(cardinality);
        int overLimit = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            if (samples[i] > 0)
            {
                Add(i, reasons[i], samples[i], reasons[i] switch
                {
                    RefusalReason.CardinalityLimit => limit,
                    RefusalReason.SeriesIdCollision => "another series has the same 64-bit id; rename a tag value",
                    _ => "the series' tags can't be read",
                });
                overLimit += reasons[i] == RefusalReason.CardinalityLimit ? samples[i] : 0;
            }
        }
        return overLimit;
    }

    private string LimitDetail(CardinalityGuard cardinality)
    {
        (string? key, double values) = cardinality.Top();
        string culprit = key is null ? "" : $"; tag '{key}' grew most, to about {values:0} values";
        return $"has {options.MaxSeries} series, the most it may have{culprit}";
    }

    private void Add(int series, RefusalReason reason, int samples, string detail) =>
        refusals.Add(new Refusal(sliceIndex, series, reason, samples, reason == RefusalReason.CardinalityLimit ? $"metric '{metric}' {detail}" : $"metric '{metric}': {detail}"));
}
