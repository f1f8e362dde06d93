namespace MetricsGrains.Storage.Common;

/// <summary>A decoded raw block: arrays of one length, in time order. <see cref="Weights"/> is null when every weight is 1.</summary>
internal readonly record struct RawSamples(long[] Times, double[] Values, double[]? Weights)
{
    public double WeightAt(int index) => Weights is null ? 1 : Weights[index];
}
