namespace MetricsGrains.Core.Model;

/// <summary>
/// The one NaN that is no mistake: Prometheus sends it when a series has ended. It is no observation, so it enters no aggregate.
/// Source: Prometheus, model/value/value.go, StaleNaN.
/// </summary>
public static class StaleMarker
{
    public const ulong Bits = 0x7FF0000000000002;

    public static bool Is(double value) => BitConverter.DoubleToUInt64Bits(value) == Bits;
}
