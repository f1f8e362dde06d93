using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>A grain's one reminder. To be used in the grain's turns.</summary>
/// <param name="name">Has the period in it, so that after a change of settings it is another reminder.</param>
internal sealed partial class GrainReminder(Grain grain, string name, TimeSpan period, ILogger logger)
{
    private bool? _isThere;
    private bool _isArranging;

    public static string NameOf(string purpose, TimeSpan period) => FormattableString.Invariant($"{purpose}-{period.TotalSeconds:0.###}s");

    /// <summary>Has it if it is wanted, and else not. What fails is tried again at the next call; there is one at least every reminder and every look of the silo.</summary>
    /// <param name="due">From now to the first tick of one that is new. One that is there goes on as it is, whoever registered it.</param>
    /// <param name="woken">Name of the reminder that came.</param>
    public async Task ArrangeAsync(bool isWanted, TimeSpan due, string? woken)
    {
        if (_isArranging || (_isThere == isWanted && (woken is null || woken == name)))
        {
            return;
        }
        _isArranging = true;
        try
        {
            if (woken is not null && woken != name && await grain.GetReminder(woken) is { } old)
            {
                await grain.UnregisterReminder(old);
            }
            if (_isThere != isWanted)
            {
                IGrainReminder? there = await grain.GetReminder(name);
                if (isWanted && there is null)
                {
                    await grain.RegisterOrUpdateReminder(name, due, period);
                }
                else if (!isWanted && there is not null)
                {
                    await grain.UnregisterReminder(there);
                }
                _isThere = isWanted;
            }
        }
        catch (Exception error)
        {
            LogNotArranged(logger, name, grain.GetGrainId(), error.Message);
        }
        finally
        {
            _isArranging = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reminder '{Name}' of {Grain} could not be registered or removed: {Reason}. It is tried again.")]
    private static partial void LogNotArranged(ILogger logger, string name, GrainId grain, string reason);
}
