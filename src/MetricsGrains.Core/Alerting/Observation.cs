namespace MetricsGrains.Core.Alerting;

/// <summary>What an evaluation saw of one instance.</summary>
public enum ObservationKind : byte
{
    Value = 1,

    /// <summary>No sample in the window, although the node took in all that was sent.</summary>
    NoData = 2,

    /// <summary>The node was not there for the whole window, or is behind: nothing follows from what is missing.</summary>
    Incomplete = 3,

    /// <summary>The data could not be read.</summary>
    Failed = 4,
}

/// <summary>What an evaluation saw of one instance.</summary>
/// <param name="Value">The statistic over the window; meaningful for <see cref="ObservationKind.Value"/>. For a dead-man's switch the seconds of silence.</param>
/// <param name="Detail">Why it failed or is incomplete, for people.</param>
public readonly record struct Observation(ObservationKind Kind, double Value, string Detail = "")
{
    public static Observation Of(double value) => new(ObservationKind.Value, value);

    public static readonly Observation NoData = new(ObservationKind.NoData, double.NaN);

    public static Observation Incomplete(string why) => new(ObservationKind.Incomplete, double.NaN, why);

    public static Observation Failed(string why) => new(ObservationKind.Failed, double.NaN, why);
}
