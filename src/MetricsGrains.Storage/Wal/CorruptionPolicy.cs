namespace MetricsGrains.Storage.Wal;

/// <summary>What to do about damage in the middle of the log. A torn tail is no such damage: it is cut and reported with either policy.</summary>
public enum CorruptionPolicy : byte
{
    /// <summary>Report and count the damaged record, go on with its good neighbours.</summary>
    Skip = 0,

    /// <summary>Throw <see cref="LogCorruptException"/> while opening, or from the read that meets the damage. The files are left as they are.</summary>
    Refuse = 1,
}
