"""The official tests of a kernel (jupyter_kernel_test), with what this kernel can do; only a pager it does not have."""

import unittest

import jupyter_kernel_test


class CclKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "ccl"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('wrong')"
    completion_samples = [
        {"text": "'a'.toUpp", "matches": {"toUpperCase"}},
        {"text": "Number.isSafe", "matches": {"isSafeInteger"}},
    ]
    complete_code_samples = ["1", "const f = (x: number) => x;", "await (1)", "for (;;) break"]
    incomplete_code_samples = ["f(", "if (true) {", "const text = `open", "/* open"]
    invalid_code_samples = ["f(1))", "const s = 'open", "}"]
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "'text'", "result": "'text'"},
        {"code": "await (Promise.resolve(4))", "result": "4"},
    ]
    code_display_data = [
        {"code": "import { display } from 'tslab'; display.html('<b>1</b>')", "mime": "text/html"},
    ]
    code_history_pattern = "1?+*2"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "console.clear()"


if __name__ == "__main__":
    unittest.main()
