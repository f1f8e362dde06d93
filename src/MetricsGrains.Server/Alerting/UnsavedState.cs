using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// One grain's way to the store. What could not be saved is kept, in memory, and goes with the next save: states replace each other, messages do by
/// their id, events add up. Not thread-safe, but for <see cref="IsSaved"/>.
/// </summary>
internal sealed class UnsavedState<TState>(StorePatience patience, IAlertStateStore<TState> store)
    where TState : class
{
    /// <summary>Events kept for a store that does not answer; then the oldest go.</summary>
    private const int MaxEvents = 10_000;

    private readonly Dictionary<Guid, OutboxMessage> _messages = [];
    private readonly List<AlertEvent> _events = [];
    private Task _writing = Task.CompletedTask;
    private TState? _state;
    private volatile bool _mustSave;

    /// <summary>Whether the store has everything.</summary>
    public bool IsSaved => !_mustSave;

    /// <param name="mustSave">Whether the state must outlive the process; it goes with the next save anyway.</param>
    public void Add(TState state, bool mustSave, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events)
    {
        _state = state;
        _mustSave |= mustSave || messages.Count > 0 || events.Count > 0;
        foreach (OutboxMessage message in messages)
        {
            _messages[message.Id] = message;
        }
        _events.AddRange(events);
        if (_events.Count > MaxEvents)
        {
            _events.RemoveRange(0, _events.Count - MaxEvents);
        }
    }

    /// <summary>Saves what there is. Takes no longer than the store is given, and nothing when that is known not to answer.</summary>
    /// <exception cref="SupersededException">See <see cref="IAlertStateStore{TState}"/>.</exception>
    public async Task SaveAsync()
    {
        // A write that was given up may still reach the store; a later one must not overtake it.
        if (!_mustSave || !_writing.IsCompleted || !patience.IsOpen)
        {
            return;
        }
        try
        {
            // Not the caller's token: once the grain has changed, what there is to save must not get lost with a caller that went away.
            await patience.AskAsync(WriteAsync, CancellationToken.None);
            _messages.Clear();
            _events.Clear();
            _mustSave = false;
        }
        catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
        {
            // The patience remembers why, for those who ask how the node is.
        }
    }

    private async Task<bool> WriteAsync(CancellationToken cancel)
    {
        await (_writing = store.SaveAsync(_state!, [.. _messages.Values], [.. _events], cancel));
        return true;
    }
}
