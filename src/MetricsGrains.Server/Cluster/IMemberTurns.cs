using MetricsGrains.Core.Grains;

namespace MetricsGrains.Server.Cluster;

/// <summary>One activation of a metric's grain in this process, and the way to have it do something between its calls.</summary>
public interface IMemberTurns
{
    string Metric { get; }

    /// <summary>Runs on the grain, when no call is. Fails when the activation has ended.</summary>
    Task<T> RunAsync<T>(Func<MetricMember, T> turn);

    /// <summary>Ends the activation, whatever it holds. The metric's next call makes another, where it belongs then.</summary>
    void End();

    /// <summary>
    /// Ends the activation, whatever it holds, by way of another one where the metric belongs: in between no call may find neither, or it makes
    /// one here again. Nothing happens where the host knows no better place, or can't reach it: to be repeated.
    /// </summary>
    void Move();
}
