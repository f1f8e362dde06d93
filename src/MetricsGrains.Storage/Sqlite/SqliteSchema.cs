using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MetricsGrains.Core.Ports;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Brings a file to the schema this program knows, or refuses it.</summary>
internal sealed class SqliteSchema
{
    private const string CleanKey = "clean";

    /// <summary>Tells our files from other SQLite databases, and the kinds of them apart.</summary>
    private readonly long _applicationId;

    private SqliteSchema(long applicationId, string resources)
    {
        _applicationId = applicationId;
        Migrations = LoadMigrations(resources);
    }

    /// <summary>Rollups and raw blocks: "MGRS".</summary>
    public static SqliteSchema Metrics { get; } = new(0x4D475253, "sqlite/");

    /// <summary>Alerting: "MGAL".</summary>
    public static SqliteSchema Alerts { get; } = new(0x4D47414C, "sqlite-alerts/");

    /// <summary>The migrations in order; the first is version 1.</summary>
    public IReadOnlyList<string> Migrations { get; }

    public static string ChecksumOf(string migration) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(migration)));

    /// <summary>Opens a file of this schema: made and migrated, or as it is for reading only.</summary>
    public Task OpenAsync(SqliteDatabase database, SqliteStoreOptions options, TimeProvider time, CancellationToken cancel)
    {
        if (!options.ReadOnly)
        {
            return database.OpenAsync(writer => Prepare(writer, options, time.GetUtcNow().ToUnixTimeMilliseconds()), cancel);
        }
        return File.Exists(options.Path) ? database.OpenAsync(reader => CheckForReading(reader, options.Path), cancel) : Task.FromException(NoStoreYet(options.Path));
    }

    /// <summary>Checks, repairs nothing, migrates, and marks the file as in use.</summary>
    private void Prepare(SqliteConnection writer, SqliteStoreOptions options, long nowMs)
    {
        bool empty = writer.Scalar("SELECT count(*) FROM sqlite_master") == 0;
        if (!empty)
        {
            CheckOurs(writer, options.Path);
        }
        else
        {
            // Both must come before the first table, or they need a VACUUM to take effect.
            writer.Execute($"PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = {_applicationId}");
        }
        if (writer.ScalarText("PRAGMA journal_mode = WAL") != "wal")
        {
            throw new StoreConfigurationException($"The store '{options.Path}' can't use a write-ahead journal; put it on a local disk, not a network share.");
        }
        // FULL: what a commit says is durable must survive a power cut, for the log behind it is deleted.
        writer.Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536");
        if (options.MaxSizeBytes > 0)
        {
            writer.Execute($"PRAGMA max_page_count = {Math.Max(1, options.MaxSizeBytes / writer.Scalar("PRAGMA page_size"))}");
        }
        if (!empty && writer.ReadState(CleanKey, 0) == 0)
        {
            CheckIntegrity(writer, options.Path);
        }
        Migrate(writer, options.Path, empty ? 0 : (int)writer.Scalar("SELECT max(version) FROM schema_version"), nowMs);
        MarkUnclean(writer);
    }

    /// <summary>Checks a file that is going to be copied, brings it to this program's schema, and leaves the rest of it as it is.</summary>
    public void PrepareForCopying(SqliteConnection connection, string path, long nowMs)
    {
        CheckOurs(connection, path);
        if (connection.ReadState(CleanKey, 0) == 0)
        {
            CheckIntegrity(connection, path);
            // So it is, and nothing is written to it until a node opens it again: the next attempt need not read all of it.
            connection.WriteState(CleanKey, 1);
        }
        Migrate(connection, path, (int)connection.Scalar("SELECT max(version) FROM schema_version"), nowMs);
    }

    /// <summary>Checks that a file is what this program reads. Changes nothing, and leaves the looking for damage to the node that writes.</summary>
    private void CheckForReading(SqliteConnection reader, string path)
    {
        if (reader.Scalar("SELECT count(*) FROM sqlite_master") == 0)
        {
            throw NoStoreYet(path);
        }
        CheckOurs(reader, path);
        int version = (int)reader.Scalar("SELECT max(version) FROM schema_version");
        CheckChecksums(reader, path, version);
        if (version < Migrations.Count)
        {
            throw new StoreConfigurationException($"The store '{path}' has schema version {version}, this read-only node needs {Migrations.Count}; start the writing node of this version first.");
        }
    }

    private static StoreConfigurationException NoStoreYet(string path) =>
        new($"There is no store at '{path}' yet, and a read-only node does not make one; start the writing node first, or correct the data path.");

    /// <summary>Marks an orderly end and empties the write-ahead journal.</summary>
    public static void Finish(SqliteConnection writer)
    {
        writer.WriteState(CleanKey, 1);
        writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// <summary>Has the next start check the file.</summary>
    public static void MarkUnclean(SqliteConnection writer) => writer.WriteState(CleanKey, 0);

    /// <exception cref="StoreConfigurationException">It is another program's file, or of a newer version.</exception>
    public void CheckOurs(SqliteConnection writer, string path)
    {
        if (writer.Scalar("PRAGMA application_id") != _applicationId || writer.Scalar("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'") == 0)
        {
            throw new StoreConfigurationException($"'{path}' is a SQLite database, but not one of MetricsGrains, or one that it keeps something else in; name another file.");
        }
        long version = writer.Scalar("SELECT max(version) FROM schema_version");
        if (version > Migrations.Count)
        {
            throw new StoreConfigurationException(
                $"The store '{path}' has schema version {version}, this program knows up to {Migrations.Count}: run the newer program, or restore a backup made before the upgrade.");
        }
    }

    /// <summary>Reads all of the file.</summary>
    /// <exception cref="StoreConfigurationException">It is damaged.</exception>
    public static void CheckIntegrity(SqliteConnection writer, string path)
    {
        string said = writer.ScalarText("PRAGMA quick_check(1)");
        if (said != "ok")
        {
            throw SqliteFaults.Damaged(path, said);
        }
    }

    private void CheckChecksums(SqliteConnection connection, string path, int through)
    {
        for (int version = 1; version <= through; version++)
        {
            if (connection.ScalarText($"SELECT checksum FROM schema_version WHERE version = {version}") != ChecksumOf(Migrations[version - 1]))
            {
                throw new StoreConfigurationException($"The store '{path}' was made by another build whose schema version {version} differs; run that build, or start with an empty store.");
            }
        }
    }

    private void Migrate(SqliteConnection writer, string path, int from, long nowMs)
    {
        CheckChecksums(writer, path, from);
        for (int version = from + 1; version <= Migrations.Count; version++)
        {
            string migration = Migrations[version - 1];
            writer.Execute($"BEGIN IMMEDIATE; {migration}; INSERT INTO schema_version VALUES ({version}, {nowMs}, '{ChecksumOf(migration)}'); COMMIT;");
        }
    }

    private static List<string> LoadMigrations(string resources)
    {
        Assembly assembly = typeof(SqliteSchema).Assembly;
        var migrations = new List<string>();
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(resources, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
            migrations.Add(reader.ReadToEnd());
        }
        return migrations;
    }
}
