// What a test of the engine begins with: a FakeWorld, and the names that such tests use all the time. For test files only,
// because it brings them into the engine's namespace.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_world.hpp"

namespace assay::engine {

using namespace std::chrono_literals;
using record::Verdict;
using support::FakeWorld;
using support::json;
using support::page;
using support::redirect;
using support::response;
using support::rule_file;
using support::rule_of;
using support::ScriptedRequest;
using support::verdict;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

}  // namespace assay::engine
