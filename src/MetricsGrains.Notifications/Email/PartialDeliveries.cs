namespace MetricsGrains.Notifications.Email;

/// <summary>
/// Who has a mail already that others are still to get: a server may take a mail for some and put it off for others, and the next attempt is
/// for those only. Kept in memory: after a restart some get it twice, with the same Message-ID. Thread-safe.
/// </summary>
internal sealed class PartialDeliveries
{
    private const int MaxMails = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, HashSet<string>> _reached = [];
    private readonly Queue<Guid> _oldest = new();

    /// <summary>Those who still are to get it.</summary>
    public IReadOnlyList<EmailAddress> Remaining(Guid mail, IReadOnlyList<EmailAddress> to)
    {
        lock (_gate)
        {
            return _reached.TryGetValue(mail, out HashSet<string>? reached) ? [.. to.Where(a => !reached.Contains(a.Mailbox))] : to;
        }
    }

    public void Add(Guid mail, IEnumerable<EmailAddress> reached)
    {
        lock (_gate)
        {
            if (!_reached.TryGetValue(mail, out HashSet<string>? known))
            {
                if (_oldest.Count == MaxMails)
                {
                    _reached.Remove(_oldest.Dequeue());
                }
                _oldest.Enqueue(mail);
                _reached[mail] = known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            }
            known.UnionWith(reached.Select(a => a.Mailbox));
        }
    }
}
