using Orleans.Concurrency;

namespace MetricsGrains.Silo;

/// <summary>A metric's grain. What crosses between silos is bytes in our own form; see docs/formats/dispatch.md and docs/formats/grain-messages.md.</summary>
[Alias("metricsgrains.metric")]
internal interface IMetricShell : IGrainWithStringKey
{
    /// <param name="group">A dispatch's group of records.</param>
    /// <returns>The answer as DispatchAnswerFormat has it.</returns>
    [Alias("handle")]
    ValueTask<Immutable<byte[]>> HandleAsync(string origin, long completeFromMs, Immutable<byte[]> group);

    /// <param name="question">See Server's GrainQuestion.</param>
    /// <returns>Empty: no such metric is active.</returns>
    [Alias("ask")]
    ValueTask<Immutable<byte[]>> AskAsync(Immutable<byte[]> question);
}
