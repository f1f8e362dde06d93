namespace MetricsGrains.Core.Alerting;

/// <summary>Names of the types of channels.</summary>
public static class ChannelTypes
{
    /// <summary>"slack", "pagerduty", "email", "webhook": as they are written in APIs and configurations.</summary>
    public static string NameOf(ChannelType type) => type.ToString().ToLowerInvariant();

    public static bool TryParse(string text, out ChannelType type) =>
        Enum.TryParse(text, ignoreCase: true, out type) && Enum.IsDefined(type) && text.All(char.IsAsciiLetter);
}
