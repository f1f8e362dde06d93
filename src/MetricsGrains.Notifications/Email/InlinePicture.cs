namespace MetricsGrains.Notifications.Email;

/// <summary>A PNG that the mail's HTML shows as "cid:…".</summary>
internal sealed record InlinePicture(string ContentId, byte[] Png);
