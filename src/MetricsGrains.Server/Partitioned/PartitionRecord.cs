namespace MetricsGrains.Server.Partitioned;

/// <summary>An event of a partition and what it is.</summary>
/// <param name="Damage">Why it can't be read, for people; null: it can.</param>
/// <param name="IsRepeat">Its batch was there before.</param>
internal readonly record struct PartitionRecord(HubEvent Event, EventEnvelope Envelope, string? Damage, bool IsRepeat)
{
    /// <summary>Its batch counts.</summary>
    public bool IsGood => Damage is null && !IsRepeat;
}
