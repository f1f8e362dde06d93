using System.Net;

namespace MetricsGrains.Storage.Postgres;

/// <summary>A silo in the table of silos.</summary>
/// <param name="Name">For people.</param>
/// <param name="Silence">How long ago it last said that it lives, by the database's clock and its own.</param>
public sealed record SeenSilo(string Name, IPAddress Address, int Port, TimeSpan Silence);
