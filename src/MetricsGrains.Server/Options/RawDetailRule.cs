namespace MetricsGrains.Server.Options;

/// <param name="Pattern">A metric's name; <c>*</c> stands for any run of characters, of none too.</param>
/// <param name="Keep">Null: as long as the raw retention says. <see cref="TimeSpan.Zero"/>: raw samples are never written.</param>
public sealed record RawDetailRule(string Pattern, TimeSpan? Keep);
