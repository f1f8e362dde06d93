using System.Diagnostics;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>As docs/operations.md says: a store that is put back meets a log that has gone on, and the other way round.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly SentPoints _points = new();

    private string BackupPath => Path.Combine(_data.Path, "backups", "monday.db");

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Backup_WhileANodeTakesPointsIn_RestoredBeneathTheNewerLogEveryPointIsThereOnce()
    {
        await using (NodeProcess node = await StartAsync())
        {
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            Task sending = SendAsync(node, 10);
            await BackUpAsync();
            await sending;
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }

        // The three files are the store: a journal of another file must not lie beside it.
        foreach (string file in Directory.GetFiles(_data.Path, "metrics.db*"))
        {
            File.Delete(file);
        }
        File.Copy(BackupPath, Path.Combine(_data.Path, "metrics.db"));

        await IsCompleteAsync(starts: 3);
    }

    [PostgresFact]
    public async Task PgDump_WhileANodeTakesPointsIn_RestoredBeneathTheNewerLogEveryPointIsThereOnce()
    {
        string database = await NodeDatabase.CreateAsync(), restored = await NodeDatabase.CreateAsync(), dump = Path.Combine(_data.Path, "monday.dump");
        await using (NodeProcess node = await StartAsync($"Store:ConnectionString={database}"))
        {
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            Task sending = SendAsync(node, 10);
            await RunToolAsync("pg_dump", database, "-Fc", "-f", dump);
            await sending;
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }

        await RunToolAsync("pg_restore", restored, "--no-owner", "--exit-on-error", dump);

        await IsCompleteAsync(starts: 3, $"Store:ConnectionString={restored}");
    }

    [Fact]
    public async Task Backup_OfFiringAlerts_RestoredTheyGoOnAndWhatWaitedIsTold()
    {
        using var alerts = new FiringAlerts();
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, FiringAlerts.Settings))
        {
            await alerts.MakeAsync(node);
            await BackUpAsync();
            await alerts.DeleteAsync(node);
            await StopAsync(node);
        }
        foreach (string file in Directory.GetFiles(_data.Path, "alerts.db*"))
        {
            File.Delete(file);
        }
        File.Copy(Path.ChangeExtension(BackupPath, ".alerts.db"), Path.Combine(_data.Path, "alerts.db"));

        await using NodeProcess restored = await NodeProcess.StartAsync(_data.Path, FiringAlerts.Settings);
        await alerts.GoOnAsync(restored);
    }

    [PostgresFact]
    public async Task PgDump_OfFiringAlerts_RestoredTheyGoOnAndWhatWaitedIsTold()
    {
        using var alerts = new FiringAlerts();
        string database = await NodeDatabase.CreateAsync(), restored = await NodeDatabase.CreateAsync(), dump = Path.Combine(_data.Path, "monday.dump");
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. FiringAlerts.Settings, $"Store:ConnectionString={database}"]))
        {
            await alerts.MakeAsync(node);
            await RunToolAsync("pg_dump", database, "-Fc", "-f", dump);
            await alerts.DeleteAsync(node);
            await StopAsync(node);
        }

        await RunToolAsync("pg_restore", restored, "--no-owner", "--exit-on-error", dump);

        await using NodeProcess again = await NodeProcess.StartAsync(_data.Path, [.. FiringAlerts.Settings, $"Store:ConnectionString={restored}"]);
        await alerts.GoOnAsync(again);
    }

    [Fact]
    public async Task Backup_RestoredWithoutLogAndId_HoldsWhatWasFlushedAndGoesOn()
    {
        await using (NodeProcess node = await StartAsync())
        {
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
        await BackUpAsync();
        using var other = new DataFolder();
        File.Copy(BackupPath, Path.Combine(other.Path, "metrics.db"));
        for (int start = 0; start < 2; start++)
        {
            await using NodeProcess node = await NodeProcess.StartAsync(other.Path, SentPoints.Busy);
            await _points.AnswersAreCompleteAsync(node);
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
    }

    /// <summary>A data folder from a file-level backup, and a store that has gone on: PostgreSQL, or a metrics.db that was kept.</summary>
    [Fact]
    public Task OlderLog_PutBackBeneathTheNewerStore_NothingIsCountedTwiceAndNothingNewIsLost_Sqlite() => PutBackOlderLogAsync();

    [PostgresFact]
    public async Task OlderLog_PutBackBeneathTheNewerStore_NothingIsCountedTwiceAndNothingNewIsLost_Postgres() =>
        await PutBackOlderLogAsync($"Store:ConnectionString={await NodeDatabase.CreateAsync()}");

    [Fact]
    public async Task Log_WithoutNodeId_IsRecognisedByTheStoreAndNothingIsCountedTwice()
    {
        await using (NodeProcess node = await StartAsync())
        {
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
        File.Delete(Path.Combine(_data.Path, "node-id"));
        await IsCompleteAsync(starts: 2);
    }

    [Fact]
    public async Task Backup_ToWhatExistsOrOfWhatDoesNot_IsRefusedAndNothingIsTouched()
    {
        (int exit, string output) = await OperatorProcess.RunAsync("store", "backup", BackupPath, DataSetting);
        Assert.True(exit == 1 && output.Contains("There is no SQLite store", StringComparison.Ordinal), output);
        Assert.False(File.Exists(Path.Combine(_data.Path, "metrics.db")));
        await using NodeProcess node = await StartAsync();
        await BackUpAsync();
        byte[] before = await File.ReadAllBytesAsync(BackupPath);
        (exit, output) = await OperatorProcess.RunAsync("store", "backup", BackupPath, DataSetting);
        Assert.True(exit == 1 && output.Contains("exists already", StringComparison.Ordinal), output);
        Assert.Equal(before, await File.ReadAllBytesAsync(BackupPath));
        // The alerts lie beside it, from the first time.
        Assert.Equal([Path.ChangeExtension(BackupPath, ".alerts.db"), BackupPath], Directory.GetFiles(Path.GetDirectoryName(BackupPath)!).Order(StringComparer.Ordinal));
        (exit, output) = await OperatorProcess.RunAsync("store", "backup", BackupPath + "2", DataSetting, "--MetricsGrains:Store:ConnectionString=Host=x;Database=y");
        Assert.True(exit == 2 && output.Contains("pg_dump", StringComparison.Ordinal), output);
    }

    private string DataSetting => $"--MetricsGrains:DataPath={_data.Path}";

    private async Task PutBackOlderLogAsync(params string[] settings)
    {
        using var older = new DataFolder();
        await using (NodeProcess node = await StartAsync(settings))
        {
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
        CopyFolder(Path.Combine(_data.Path, "log"), older.Path);
        await using (NodeProcess node = await StartAsync(settings))
        {
            await SendAsync(node, 5);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
        Directory.Delete(Path.Combine(_data.Path, "log"), recursive: true);
        CopyFolder(older.Path, Path.Combine(_data.Path, "log"));

        await using (NodeProcess node = await StartAsync(settings))
        {
            Assert.Contains("older copy", node.Output, StringComparison.Ordinal);
            await _points.AnswersAreCompleteAsync(node);
            await _points.SendAsync(node);
            await _points.AnswersAreCompleteAsync(node);
            await StopAsync(node);
        }
        await using (NodeProcess node = await StartAsync(settings))
        {
            Assert.DoesNotContain("older copy", node.Output, StringComparison.Ordinal);
            await _points.AnswersAreCompleteAsync(node);
        }
    }

    private Task<NodeProcess> StartAsync(params string[] settings) => NodeProcess.StartAsync(_data.Path, [.. SentPoints.Busy, .. settings]);

    private static async Task StopAsync(NodeProcess node)
    {
        int exit = await node.StopAsync();
        Assert.True(exit == 0, $"exit code {exit}\n{node.Output}");
    }

    private async Task SendAsync(NodeProcess node, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            await _points.SendAsync(node);
        }
    }

    /// <summary>What is replayed, written and replayed again stays the same.</summary>
    private async Task IsCompleteAsync(int starts, params string[] settings)
    {
        for (int start = 0; start < starts; start++)
        {
            await using NodeProcess node = await StartAsync(settings);
            await _points.AnswersAreCompleteAsync(node);
            if (start == 1)
            {
                await node.KillAsync();
                continue;
            }
            await StopAsync(node);
        }
    }

    private async Task BackUpAsync()
    {
        (int exit, string output) = await OperatorProcess.RunAsync("store", "backup", BackupPath, DataSetting);
        Assert.True(exit == 0, output);
        Assert.True(File.Exists(BackupPath));
    }

    private static async Task RunToolAsync(string tool, string database, params string[] arguments)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        using Process process = Process.Start(new ProcessStartInfo(
            $"{PostgresCluster.Binaries}/{tool}", ["-h", builder.Host!, "-p", $"{builder.Port}", "-U", builder.Username!, "-d", builder.Database!, .. arguments]))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
