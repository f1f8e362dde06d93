using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>Whether one alert quiets another: a cause that was told makes its consequences noise.</summary>
public static class Inhibition
{
    /// <summary>
    /// An alert of an inhibiting rule, while it goes on, quiets those of less severity that have the same values for all of its tags: those it is
    /// grouped by and those its filter fixes. One without tags quiets nothing, for it would quiet everything.
    /// </summary>
    /// <remarks>
    /// A silenced alert still inhibits: whoever plans an outage does not want its consequences either. One of a muted rule does not, because a rule is
    /// muted when it can't be trusted.
    /// </remarks>
    public static bool Quiets(AlertNotice cause, AlertNotice consequence)
    {
        if (!cause.Inhibits || !cause.IsAlerting || cause.Muted || cause.Tags.Count == 0 || consequence.Severity >= cause.Severity)
        {
            return false;
        }
        foreach (TagSet.Tag tag in cause.Tags)
        {
            if (!consequence.Tags.TryGet(tag.Key, out ReadOnlySpan<byte> value) || !value.SequenceEqual(tag.Value))
            {
                return false;
            }
        }
        return true;
    }
}
