using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Ports;

/// <summary>
/// What a grain still holds for the store, of times for which the store must be asked: late samples mostly, for an hour-old minute is
/// written within seconds of its end. Without it a sample of yesterday would be in no answer until the next flush.
/// </summary>
/// <param name="Epoch">Moves when the grain hands a flush out. While it stands, nothing of <paramref name="Waiting"/> is in the store; see <see cref="IGrains.FlushEpochAsync"/>.</param>
/// <param name="Waiting">Not handed out yet.</param>
/// <param name="HandedOut">Of the flush under way. It is in the store when <see cref="IsLanded"/> says so of <paramref name="Cursors"/>, and only then.</param>
/// <param name="Cursors">Those of the flush under way.</param>
public sealed record PendingRows(long Epoch, AggregateFrame Waiting, AggregateFrame HandedOut, IReadOnlyList<FlushCursor> Cursors)
{
    /// <summary>
    /// Whether the flush under way is in a store that holds these cursors: by the same rule by which the store skips it when it is repeated.
    /// A flush without cursors can't be told apart; it counts as landed, for a dip of seconds does less harm than a double count.
    /// </summary>
    public bool IsLanded(IReadOnlyList<FlushCursor> stored) => Cursors.All(c => stored.Any(s =>
        s.Metric == c.Metric && s.Stream == c.Stream && s.Origin == c.Origin && !c.IsBeyond(s.AppliedThrough, s.OpenFromMs)));
}
