using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace MetricsGrains.Storage.Postgres;

/// <summary>A script of sql/postgres or sql/orleans, as it is embedded in this program.</summary>
/// <param name="Name">"0001_initial.sql"; the number is the version.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>Of the text without its line ends, which a checkout may change.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>In order; each runs once in a database's life.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load("postgres/");

    /// <summary>The newest version that this program knows.</summary>
    public static int Newest { get; } = All[^1].Version;

    /// <summary>What Orleans' providers need, with numbers of its own. In order; each runs once in a database's life.</summary>
    public static IReadOnlyList<Migration> Orleans { get; } = Load("orleans/");

    /// <summary>In order; run at every start where the extension is, so each must find out what is left to do.</summary>
    public static IReadOnlyList<Migration> Timescale { get; } = Load("timescale/");

    private static List<Migration> Load(string folder)
    {
        Assembly assembly = typeof(Migration).Assembly;
        var migrations = new List<Migration>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            string name = resource[folder.Length..];
            migrations.Add(new Migration(int.Parse(name.AsSpan(0, 4), provider: null), name, reader.ReadToEnd()));
        }
        // The second of one number would never be run.
        if (migrations.GroupBy(m => m.Version).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new UnreachableException($"BUG: {string.Join(" and ", twice.Select(m => m.Name))} have one number; give the one that has not landed the next free one");
        }
        return migrations;
    }
}
