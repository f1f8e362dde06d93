using MetricsGrains.Core.Cluster;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster;

/// <summary>Compares this silo's clock with the others'.</summary>
/// <param name="silos">Those that are up.</param>
/// <param name="ask">What a silo's clock shows, Unix ms.</param>
internal sealed partial class ClockWatch(SiloId self, Func<IReadOnlyList<SiloId>> silos, Func<SiloId, CancellationToken, Task<long>> ask, TimeProvider time, ILogger<ClockWatch> logger)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private (bool IsOff, bool IsOutlier) _said;

    /// <summary>This clock is off, and most of the others are not.</summary>
    public bool IsOutlier { get; private set; }

    /// <summary>Asks the others. Those that don't answer have no say.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        double?[] others = await Task.WhenAll(silos().Where(s => s != self).Select(s => AheadAsync(s, cancel)));
        // The first is this one, ahead of itself by nothing.
        double[] offsets = ClockSkew.FromMedian([0, .. others.OfType<double>()]);
        IsOutlier = ClockSkew.IsOutlier(offsets, 0);
        bool isOff = ClockSkew.IsOff(offsets[0]);
        if (_said != (isOff, IsOutlier))
        {
            _said = (isOff, IsOutlier);
            if (isOff)
            {
                LogOff(logger, Math.Abs(offsets[0]) / 1000, offsets[0] > 0 ? "ahead of" : "behind", offsets.Length, IsOutlier ? "It evaluates no alert rules until then. " : "");
            }
            else
            {
                LogRight(logger);
            }
        }
    }

    /// <returns>How far a silo's clock is ahead of this one's, ms, as of the middle of its answer's way; null: it does not answer.</returns>
    private async Task<double?> AheadAsync(SiloId silo, CancellationToken cancel)
    {
        try
        {
            (long asked, long began) = (NowMs, time.GetTimestamp());
            long there = await ask(silo, cancel).WaitAsync(s_patience, time, cancel);
            // This process may have stood still meanwhile, and then nobody knows when the answer was made.
            return time.GetElapsedTime(began) > s_patience ? null : there - ((asked + NowMs) / 2.0);
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            // Whatever it is: it is no clock to go by. One of an older version has no answer to this.
            return null;
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clock of this machine is {Seconds:0.0} s {Direction} the median of {Clocks} silos' clocks. Samples that come without a time get a wrong one here, and queries end at the wrong moment. {Consequence}Let the machines' clocks be set by NTP.")]
    private static partial void LogOff(ILogger logger, double seconds, string direction, int clocks, string consequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clock of this machine agrees with those of the other silos again.")]
    private static partial void LogRight(ILogger logger);
}
