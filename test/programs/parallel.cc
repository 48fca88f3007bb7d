// What a C++ program expects of an image: exceptions over frames, threads, OpenMP, streams, regular expressions.
#include <future>
#include <iostream>
#include <omp.h>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

static int deep(int level) {
  if (level == 0) throw std::out_of_range("bottom");
  return deep(level - 1) + 1;
}

int main() {
  bool caught = false;
  try {
    deep(50);
  } catch (const std::exception &error) {
    caught = std::string(error.what()) == "bottom";
  }
  auto later = std::async(std::launch::async, [] { return std::this_thread::get_id() != std::thread::id(); });
  long sum = 0;
  omp_set_num_threads(4);
#pragma omp parallel for reduction(+ : sum)
  for (int i = 1; i <= 1000; i++) sum += i;
  std::ostringstream text;
  text << sum;
  bool matched = std::regex_match(text.str(), std::regex("[0-9]+"));
  std::cout << "caught " << caught << ", sum " << sum << ", " << omp_get_max_threads() << " threads\n";
  return !(caught && later.get() && sum == 500500 && matched && omp_get_max_threads() == 4);
}
