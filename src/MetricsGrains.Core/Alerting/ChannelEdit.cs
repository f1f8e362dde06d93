namespace MetricsGrains.Core.Alerting;

/// <summary>
/// What a person put into a channel's form. A secret that is absent or empty stays as it is stored, for the form never shows it;
/// <see cref="Cleared"/> takes it away.
/// </summary>
public sealed record ChannelEdit
{
    /// <summary>Characters a setting or secret may have.</summary>
    public const int MaxValueLength = 8_192;

    /// <summary>Characters a name may have.</summary>
    public const int MaxNameLength = 200;

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    // Where each secret is sent: to another address the stored one must not go unless whoever changes the address knows it.
    private static readonly (ChannelType Type, string Secret, string[] Addresses)[] s_addressed =
    [
        (ChannelType.Slack, "bot_token", ["api_url"]),
        (ChannelType.PagerDuty, "routing_key", ["events_url"]),
        (ChannelType.Email, "password", ["smtp_host", "smtp_port", "security"]),
        (ChannelType.Webhook, "headers", ["url"]),
    ];

    public string Name { get; init; } = "";

    public required ChannelType Type { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Settings and secrets alike, by the names of <see cref="ChannelSchema"/>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of secrets to take away.</summary>
    public IReadOnlyCollection<string> Cleared { get; init; } = [];

    /// <summary>Null: as is usual for the type.</summary>
    public NotificationGrouping? Grouping { get; init; }

    public TimeSpan GroupWait { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan GroupInterval { get; init; } = TimeSpan.FromMinutes(5);

    public int RatePerMinute { get; init; } = 30;

    public Guid? FallbackId { get; init; }

    /// <summary>The form of a channel that is there: all but its secrets.</summary>
    public static ChannelEdit Of(ChannelView view) => new()
    {
        Name = view.Name,
        Type = view.Type,
        Enabled = view.Enabled,
        Values = view.Settings,
        Grouping = view.Grouping,
        GroupWait = view.GroupWait,
        GroupInterval = view.GroupInterval,
        RatePerMinute = view.RatePerMinute,
        FallbackId = view.FallbackId,
    };

    /// <summary>What is wrong with the form, as far as that is known without its notifier; see <see cref="Ports.INotifier.Check"/> for the rest.</summary>
    /// <param name="stored">The channel it edits; null for a new one.</param>
    public IReadOnlyList<FieldProblem> Check(Channel? stored)
    {
        var problems = new List<FieldProblem>();
        if (Name.Trim().Length is 0 or > MaxNameLength)
        {
            problems.Add(new FieldProblem("name", $"must have 1 to {MaxNameLength} characters"));
        }
        if (stored is not null && stored.Type != Type)
        {
            problems.Add(new FieldProblem("type", $"can't be changed, for its settings and secrets are {ChannelTypes.NameOf(stored.Type)}'s; make another channel"));
            return problems;
        }
        CheckTimes(problems, stored?.Id);
        CheckValues(problems);
        foreach ((ChannelType type, string secret, string[] addresses) in s_addressed)
        {
            if (stored is not null && type == Type && Keeps(secret) && Has(stored, secret) && Array.Find(addresses, a => Moves(stored, a)) is { } address)
            {
                problems.Add(new FieldProblem(secret, $"must be given again because {address} changes: the stored one goes nowhere but where it was meant for"));
            }
        }
        return problems;
    }

    /// <summary>The channel that the form makes. <see cref="Check"/> must have found nothing but warnings.</summary>
    /// <param name="stored">The channel it edits; null for a new one.</param>
    /// <param name="id">Of a new channel; ignored when it edits one.</param>
    /// <param name="nowMs">Unix ms.</param>
    public Channel Apply(Channel? stored, Guid id, long nowMs)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ChannelField field in ChannelSchema.Of(Type))
        {
            string value = Values.GetValueOrDefault(field.Name, "");
            if (field.Secret && Keeps(field.Name))
            {
                value = stored?.Secrets.GetValueOrDefault(field.Name, "") ?? "";
            }
            if (value.Length > 0)
            {
                (field.Secret ? secrets : settings)[field.Name] = value;
            }
        }
        return new Channel
        {
            Id = stored?.Id ?? id,
            Name = Name.Trim(),
            Type = Type,
            Enabled = Enabled,
            Settings = settings,
            Secrets = secrets,
            Grouping = Grouping ?? ChannelSchema.GroupingOf(Type),
            GroupWait = GroupWait,
            GroupInterval = GroupInterval,
            RatePerMinute = RatePerMinute,
            FallbackId = FallbackId,
            Version = (stored?.Version ?? 0) + 1,
            CreatedAtMs = stored?.CreatedAtMs ?? nowMs,
            UpdatedAtMs = nowMs,
        };
    }

    private static bool Has(Channel stored, string secret) => stored.Secrets.TryGetValue(secret, out string? value) && value.Length > 0;

    private bool Keeps(string secret) => Values.GetValueOrDefault(secret, "").Length == 0 && !Cleared.Contains(secret);

    private bool Moves(Channel stored, string name)
    {
        ChannelField field = ChannelSchema.Of(Type).First(f => f.Name == name);
        string given = Values.GetValueOrDefault(name, "");
        if (field.Secret && Keeps(name))
        {
            return false;
        }
        return (given.Length > 0 ? given : field.ByDefault) != ChannelSchema.Get(stored, name);
    }

    private void CheckTimes(List<FieldProblem> problems, Guid? id)
    {
        if (GroupWait < TimeSpan.Zero || GroupWait > s_longest)
        {
            problems.Add(new FieldProblem("group_wait", "must be from 0s to 1d"));
        }
        if (GroupInterval < TimeSpan.Zero || GroupInterval > s_longest)
        {
            problems.Add(new FieldProblem("group_interval", "must be from 0s to 1d"));
        }
        if (RatePerMinute is < 1 or > 600)
        {
            problems.Add(new FieldProblem("rate_per_minute", "must be from 1 to 600"));
        }
        if (FallbackId is not null && FallbackId == id)
        {
            problems.Add(new FieldProblem("fallback", "must be another channel: this one can't tell of its own failure"));
        }
    }

    private void CheckValues(List<FieldProblem> problems)
    {
        IReadOnlyList<ChannelField> fields = ChannelSchema.Of(Type);
        foreach ((string name, string value) in Values)
        {
            if (fields.All(f => f.Name != name))
            {
                problems.Add(new FieldProblem(name, $"a {ChannelTypes.NameOf(Type)} channel has no such setting; it has {string.Join(", ", fields.Select(f => f.Name))}"));
            }
            else if (value.Length > MaxValueLength)
            {
                problems.Add(new FieldProblem(name, $"has {value.Length} characters, at most {MaxValueLength} are allowed"));
            }
        }
        foreach (string name in Cleared.Where(c => !fields.Any(f => f.Name == c && f.Secret)))
        {
            problems.Add(new FieldProblem(name, $"a {ChannelTypes.NameOf(Type)} channel has no such secret to clear"));
        }
    }
}
