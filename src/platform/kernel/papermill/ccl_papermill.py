"""Parameters for notebooks in TypeScript: `papermill in.ipynb out.ipynb -p alpha 0.5` puts `const alpha = 0.5;` into a cell.

papermill 2.6 has entry points for engines, not for translators. So the package names an engine, which is papermill's own;
looking it up loads this module, and that makes the translator known.
"""

import math

from papermill.engines import NBClientEngine as Engine  # noqa: F401  (the entry point)
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(each) for each in val)}]"

    @classmethod
    def translate_dict(cls, val):
        pairs = (f"{cls.translate_str(str(key))}: {cls.translate(each)}" for key, each in val.items())
        return f"{{ {', '.join(pairs)} }}"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"const {name} = {str_val};"


papermill_translators.register("typescript", TypeScriptTranslator)
