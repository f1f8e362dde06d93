using System.Diagnostics.CodeAnalysis;

namespace MetricsGrains.Notifications.Slack;

/// <summary>A message of Slack's: "channel:ts".</summary>
internal sealed record SlackReference(string Channel, string Ts)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out SlackReference? reference)
    {
        int colon = text?.IndexOf(':') ?? -1;
        reference = colon > 0 && colon < text!.Length - 1 ? new SlackReference(text[..colon], text[(colon + 1)..]) : null;
        return reference is not null;
    }

    public override string ToString() => $"{Channel}:{Ts}";
}
