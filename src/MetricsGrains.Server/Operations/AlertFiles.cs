namespace MetricsGrains.Server.Operations;

/// <summary>Where alerts lie beside metrics in SQLite.</summary>
internal static class AlertFiles
{
    /// <param name="store">The file of metrics; in a data folder "metrics.db".</param>
    public static string Beside(string store) => Path.Combine(Path.GetDirectoryName(store)!, "alerts.db");

    /// <summary>"monday.db" and "monday.alerts.db".</summary>
    public static string BackupBeside(string backup) => Path.ChangeExtension(backup, ".alerts" + Path.GetExtension(backup));
}
