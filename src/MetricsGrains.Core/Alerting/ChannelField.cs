namespace MetricsGrains.Core.Alerting;

/// <summary>One setting of a type of channel, for forms, APIs and checks.</summary>
/// <param name="Name">snake_case.</param>
/// <param name="Secret">Kept in <see cref="Channel.Secrets"/>.</param>
/// <param name="ByDefault">Used when it is absent or empty.</param>
/// <param name="Hint">For people: what to put in, and where to find it.</param>
public sealed record ChannelField(string Name, string Label, bool Secret, bool Required, string ByDefault, string Hint, bool Multiline = false);
