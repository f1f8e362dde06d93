namespace MetricsGrains.Protocols.Text;

/// <summary>Why a name or another text was refused.</summary>
public enum TextStatus
{
    Ok,
    Empty,
    TooLong,
    ControlCharacter,
    BadUtf8,
}
