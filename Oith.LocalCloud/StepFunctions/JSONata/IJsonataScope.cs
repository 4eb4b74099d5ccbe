using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>The variables that an expression sees without binding them.</summary>
internal interface IJsonataScope
{
    /// <summary>Null when there is no variable of that name.</summary>
    AslValue? Variable(string name);
}
