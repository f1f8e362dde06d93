namespace MetricsGrains.Server.Operations;

/// <summary>Where the alerts of a store are, and where its backup puts them.</summary>
internal static class AlertsFile
{
    private const string Name = "alerts.db";

    /// <summary>Of the node that keeps its metrics in this file.</summary>
    public static string Beside(string metricsFile) => Path.Combine(Path.GetDirectoryName(metricsFile)!, Name);

    /// <summary>"monday.db": "monday.alerts.db".</summary>
    public static string BackupBeside(string backup) => Path.ChangeExtension(backup, Name);
}
