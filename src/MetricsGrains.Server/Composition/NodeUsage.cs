namespace MetricsGrains.Server.Composition;

/// <summary>The command line's words.</summary>
internal static class NodeUsage
{
    private const string RecoverLog = "--MetricsGrains:Cluster:RecoverLog=";

    public const string Text = """
        MetricsGrains: realtime metrics on one machine.

          dotnet run --project src/MetricsGrains.Node -- [--demo] [--MetricsGrains:KEY=VALUE ...]

          --demo    feed it a believable shop, to see what it does
          --help    this text

          --recover-log FOLDER    of a silo: beside its own, brings what is in the log of one that does not come back to the store

          store migrate    copy a SQLite store into PostgreSQL
          store backup     write the SQLite store into one file, beside a running node
          store report     how big and how old the store is
          store --help     more of these

          health           ask a running node whether it is ready; ends with 0 or 1

        Settings come from appsettings.json, the environment (MetricsGrains__Http__Port=9090) and the command line
        (--MetricsGrains:Http:Port=9090); the later one wins. The README has the table of all of them.
        """;

    /// <summary>Spells out the switches that have a short form.</summary>
    public static string[] Expand(string[] args)
    {
        var all = new List<string>(args.Length);
        for (int i = 0; i < args.Length; i++)
        {
            all.Add(args[i] switch
            {
                "--demo" => "--MetricsGrains:Demo=true",
                "--recover-log" when i + 1 < args.Length => RecoverLog + args[++i],
                _ when args[i].StartsWith("--recover-log=", StringComparison.Ordinal) => RecoverLog + args[i]["--recover-log=".Length..],
                _ => args[i],
            });
        }
        return [.. all];
    }
}
